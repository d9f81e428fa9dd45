/** Watches the lockouts: who is locked out is left alone. */

import { properties } from "./catalogue.ts";
import { roundingMs } from "./times.ts";
import type { Violations } from "./violations.ts";

/** For so long nobody logs in as a user who is locked out. */
const leftAloneMs = 60_000;

/** The users that one client was told are locked out. */
export class LockWatch {
  readonly #name: string;
  readonly #violations: Violations;
  readonly #nowMs: () => number;
  /** When the client was told last. */
  readonly #toldAtMs = new Map<string, number>();

  /** `name` is `process@host`, `nowMs` the process's monotonic clock. */
  constructor(name: string, violations: Violations, nowMs: () => number) {
    this.#name = name;
    this.#violations = violations;
    this.#nowMs = nowMs;
  }

  /** For how long the users who are left alone will be, in milliseconds. */
  get longestMs(): number {
    return Math.max(0, ...[...this.#toldAtMs.keys()].map((username) => this.#leftMs(username)));
  }

  /** Whether nobody may log in as this user at the moment. */
  leavesAlone(username: string): boolean {
    return this.#leftMs(username) > 0;
  }

  /** A login that began at `begunMs` has ended, with this code if it was refused. */
  tried(username: string, begunMs: number, code: string | undefined): void {
    const agoMs = begunMs - (this.#toldAtMs.get(username) ?? -Infinity);
    if (agoMs < leftAloneMs - roundingMs) {
      this.#violations.report(
        properties.leftAlone,
        `${this.#name} tried ${username} ${agoMs.toFixed(0)} ms after it was told of the lock`,
      );
    }
    if (isLock(code)) this.#toldAtMs.set(username, this.#nowMs());
  }

  #leftMs(username: string): number {
    return (this.#toldAtMs.get(username) ?? -Infinity) + leftAloneMs - this.#nowMs();
  }
}

/** Whether a server says so of a user who is locked out. */
export function isLock(code: string | undefined): boolean {
  return code === "3955" || code === "4150";
}
