/** Watches the logins: how many are refused, and how close together. */

import type { RekeyEvent } from "../../../core/events.ts";
import { properties } from "./catalogue.ts";
import { isLock } from "./locks.ts";
import { roundingMs } from "./times.ts";
import type { Violations } from "./violations.ts";

/** So many refusals in a row need new information, or a wait. */
const streak = 3;
const waitMs = 1_000;

/** A login that was refused. */
interface Refusal {
  readonly begunMs: number;
  readonly endedMs: number;
  /** The version had not been tried before. */
  readonly isNew: boolean;
  /** The version had been accepted until then: the database has moved on. */
  readonly hasMoved: boolean;
}

/** A client of a server: one pool of one process. */
export interface LoginWatchOptions {
  /** `process@host`. */
  readonly name: string;
  readonly ttlMs: number;
  readonly violations: Violations;
  /** The process's monotonic clock. */
  readonly nowMs: () => number;
  /** When the process last learned of a version that it had not known. */
  readonly learnedAtMs: () => number;
}

/** The logins of one client. */
export class LoginWatch {
  /** Logins that were refused. */
  refused = 0;
  readonly #options: LoginWatchOptions;
  /** When another version became current for the process. */
  #pushedAtMs = -Infinity;
  /** Refusals since the last accepted login. */
  #inARow: Refusal[] = [];
  /** What was accepted last, until it is refused. */
  #accepted: string | undefined;
  /** The versions that were tried. */
  readonly #tried = new Set<string>();
  /** Probes that were refused, by version. */
  readonly #refusedProbes = new Map<string, number>();

  constructor(options: LoginWatchOptions) {
    this.#options = options;
  }

  /** A login was accepted. */
  accepted(versionId: string): void {
    this.#tried.add(versionId);
    this.#accepted = versionId;
    this.#inARow = [];
  }

  /** A login that began at `begunMs` was refused. */
  rejected(begunMs: number, versionId: string): void {
    const { violations, nowMs, learnedAtMs, name } = this.#options;
    this.refused++;
    const hasMoved = versionId === this.#accepted;
    if (hasMoved) this.#accepted = undefined;
    const isNew = !this.#tried.has(versionId);
    this.#inARow.push({ begunMs, endedMs: nowMs(), isNew, hasMoved });
    this.#tried.add(versionId);
    const last = this.#inARow.slice(-streak);
    if (last.length < streak) return;
    const waited = last[streak - 1]!.begunMs - last[streak - 2]!.endedMs >= waitMs - roundingMs;
    const learned = Math.max(learnedAtMs(), this.#pushedAtMs) >= last[0]!.begunMs ||
      last.slice(1).some(({ isNew }) => isNew) || last[1]!.hasMoved;
    if (!waited && !learned) {
      violations.report(properties.failedLogins, `${name}: ${streak} refused logins in a row`);
    }
  }

  /** Something happened at the endpoint. */
  onEvent(event: RekeyEvent): void {
    const { violations, nowMs, ttlMs, name } = this.#options;
    if (event.type === "version-changed") {
      this.#refusedProbes.clear();
      this.#pushedAtMs = nowMs();
    }
    if (event.type === "swap-aborted" && isRefusal(event.code)) {
      this.#refusedProbes.set(event.to, nowMs());
    }
    if (event.type === "swap-started") {
      const ageMs = nowMs() - (this.#refusedProbes.get(event.to) ?? -Infinity);
      if (ageMs < ttlMs - roundingMs) {
        violations.report(
          properties.failedLogins,
          `${name}: ${event.to} is probed again after ${ageMs.toFixed(0)} ms`,
        );
      }
    }
  }

  /** So many are promised at most for so many rotations. */
  checkNumber(limit: number, rotations: number): void {
    if (this.refused <= limit) return;
    this.#options.violations.report(
      properties.failedLogins,
      `${this.#options.name}: ${this.refused} refused logins in ${rotations} rotations`,
    );
  }
}

/** Whether a server refused a login for the credential's sake. */
export function isRefusal(code: string): boolean {
  return code === "28P01" || code === "28000" || isLock(code);
}
