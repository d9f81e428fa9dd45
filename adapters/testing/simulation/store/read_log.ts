/** Every read of a secret's value, from its beginning to its end, for those who check a world. */

import type { VersionStage } from "../../../../core/credential.ts";

/** A read that began or ended, as the one who reads sees it. */
export type ReadEvent = ReadBegun | ReadAnswered;

/** A read that began. */
export interface ReadBegun {
  /** Says that it began. */
  readonly phase: "begun";
  /** Numbers the reads of a store, in the order in which they began. */
  readonly sequence: number;
  /** Who reads. */
  readonly principal: string;
  /** Which secret. */
  readonly secretId: string;
  /** Under which label. */
  readonly stage: VersionStage;
}

/** A read that ended: with a version, with nothing, with an error, or because it was aborted. */
export interface ReadAnswered extends Omit<ReadBegun, "phase"> {
  /** Says that it ended. */
  readonly phase: "answered";
  /** The version that it brought back, if it did. */
  readonly versionId: string | undefined;
  /** Whether its signal ended it. */
  readonly aborted: boolean;
  /** The name of the error that ended it; `AbortError` when it was aborted. */
  readonly errorName: string | undefined;
}

/** How a read ended. */
export type ReadEnd = Pick<ReadAnswered, "versionId" | "errorName">;

/** The reads so far, counted. */
export class ReadLog {
  readonly #hear: (event: ReadEvent) => void;
  readonly #inFlight = new Map<string, Map<number, VersionStage>>();
  #begun = 0;

  /** `hear` is told of every read that begins or ends. */
  constructor(hear: (event: ReadEvent) => void) {
    this.#hear = hear;
  }

  /** How many reads began so far. */
  get begun(): number {
    return this.#begun;
  }

  /** How many reads of a principal are under way, of one stage or of all. */
  inFlight(principal: string, stage?: VersionStage): number {
    const reads = this.#inFlight.get(principal);
    if (reads === undefined) return 0;
    if (stage === undefined) return reads.size;
    let count = 0;
    for (const read of reads.values()) if (read === stage) count++;
    return count;
  }

  /** Drops the reads under way of a principal whose process was killed: those never end. */
  forget(principal: string): void {
    this.#inFlight.delete(principal);
  }

  /** Notes that a read begins. What it returns notes how it ends. */
  begin(read: Omit<ReadBegun, "phase" | "sequence">): {
    readonly sequence: number;
    readonly end: (end: ReadEnd) => void;
  } {
    const sequence = ++this.#begun;
    const { principal, stage } = read;
    let reads = this.#inFlight.get(principal);
    if (reads === undefined) this.#inFlight.set(principal, reads = new Map());
    reads.set(sequence, stage);
    this.#hear({ phase: "begun", sequence, ...read });
    const end = ({ versionId, errorName }: ReadEnd) => {
      reads.delete(sequence);
      const aborted = errorName === "AbortError";
      this.#hear({ phase: "answered", sequence, ...read, versionId, aborted, errorName });
    };
    return { sequence, end };
  }
}
