/** Watches the reads of the store: one at a time, not too many, and no late answer over a newer one. */

import type { RekeyEvent } from "../../../core/events.ts";
import type { Clock } from "../../../core/clock.ts";
import type { ReadEvent } from "../../../adapters/testing/simulation/store/mod.ts";
import { properties } from "./catalogue.ts";
import { rollBackConfirmMs, roundingMs } from "./times.ts";
import type { Violations } from "./violations.ts";

/** So many reads of one process within a second follow from each other without a wait. */
const mostInSecond = 200;

interface Reader {
  /** When the reads under way began, on the process's clock, by stage and number. */
  readonly underWay: Map<number, { readonly stage: string; readonly atMs: number }>;
  /** The versions that it was told of, and when for the first time, in their order. */
  readonly known: Map<string, number>;
  /** Those of them that it was first told of as previous: it must take them for older than current. */
  readonly metAsPrevious: Set<string>;
  /** When it last learned of a version that it had not known. */
  learnedAtMs: number;
  /** The latest answer about current that reached it. */
  answered: number;
  /** When each version was the answer about current for the first time since the last change. */
  readonly answers: Map<string, number>;
  /** The read that told of the version it has now. */
  established: number;
  /** Reads begun before it noticed that it had been frozen. */
  outdated: number;
  begun: number;
  /** When the reads of the last second began. */
  lately: number[];
}

/** The reads of all processes. */
export class ReadWatch {
  readonly #violations: Violations;
  readonly #readTimeoutMs: number;
  readonly #readers = new Map<string, Reader>();

  constructor(violations: Violations, readTimeoutMs: number) {
    this.#violations = violations;
    this.#readTimeoutMs = readTimeoutMs;
  }

  /** When `process` last learned of a version that it had not known, on its own clock. */
  learnedAtMs(process: string): number {
    return this.#reader(process).learnedAtMs;
  }

  /** Whether a process was told of version `earlier` first, and of version `later` as a new one. */
  sawFirst(process: string, earlier: string, later: string): boolean {
    const { known, metAsPrevious } = this.#reader(process);
    if (metAsPrevious.has(later)) return false;
    return (known.get(earlier) ?? Infinity) < (known.get(later) ?? -Infinity);
  }

  /** A read began or ended. */
  onRead(event: ReadEvent, clock: Clock): void {
    const reader = this.#reader(event.principal);
    const nowMs = clock.monotonicMs();
    const { sequence, stage } = event;
    if (event.phase === "begun") {
      reader.begun = sequence;
      this.#count(reader, event.principal, nowMs);
      for (const read of reader.underWay.values()) {
        if (read.stage !== stage || nowMs - read.atMs >= this.#readTimeoutMs - roundingMs) continue;
        this.#violations.report(
          properties.singleFlight,
          `${event.principal} reads ${stage} (${sequence}) while another read of it is under way`,
        );
      }
      reader.underWay.set(sequence, { stage, atMs: nowMs });
      return;
    }
    reader.underWay.delete(sequence);
    const { versionId } = event;
    if (versionId === undefined) return;
    if (!reader.known.has(versionId)) {
      reader.known.set(versionId, reader.known.size);
      if (stage === "previous") reader.metAsPrevious.add(versionId);
      reader.learnedAtMs = nowMs;
    }
    if (stage !== "current") return;
    reader.answered = sequence;
    if (!reader.answers.has(versionId)) reader.answers.set(versionId, nowMs);
  }

  /** Something happened in a process. */
  onEvent(process: string, event: RekeyEvent, clock: Clock): void {
    const reader = this.#reader(process);
    if (event.type === "process-frozen") reader.outdated = reader.begun;
    if (event.type !== "version-changed") return;
    const { answered, established, outdated } = reader;
    const text = `${process} took ${event.to} from read ${answered}`;
    if (answered < established) {
      this.#violations.report(properties.lateAnswer, `${text}, after read ${established}`);
    }
    if (event.from !== undefined && answered <= outdated) {
      this.#violations.report(properties.lateAnswer, `${text}, begun before it was frozen`);
    }
    const seenMs = clock.monotonicMs() - (reader.answers.get(event.to) ?? Infinity);
    if (event.rolledBack && seenMs < rollBackConfirmMs - roundingMs) {
      this.#violations.report(properties.lateAnswer, `${text}, on the word of one answer`);
    }
    reader.answers.clear();
    reader.established = answered;
  }

  #count({ lately }: Reader, process: string, nowMs: number): void {
    lately.push(nowMs);
    while (lately[0]! < nowMs - 1_000) lately.shift();
    if (lately.length < mostInSecond) return;
    this.#violations.report(
      properties.standstill,
      `${process} has asked the store ${lately.length} times within a second`,
    );
  }

  #reader(process: string): Reader {
    let reader = this.#readers.get(process);
    if (reader === undefined) {
      reader = {
        underWay: new Map(),
        known: new Map(),
        metAsPrevious: new Set(),
        learnedAtMs: -Infinity,
        answers: new Map(),
        answered: 0,
        established: 0,
        outdated: 0,
        begun: 0,
        lately: [],
      };
      this.#readers.set(process, reader);
    }
    return reader;
  }
}
