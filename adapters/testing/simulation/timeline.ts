/** What happened in a simulated world, in words. */

import type { Clock } from "../../../core/clock.ts";

interface Entry {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** A record of a world. The same seed gives the same text, byte for byte. */
export class Timeline {
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #entries: Entry[] = [];

  /** Empty; its times count from this moment of `clock`. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** Notes that `who` did or met something. Never a value of a secret. */
  note(who: string, what: string): void {
    this.#entries.push({ atMs: this.#clock.monotonicMs() - this.#startMs, who, what });
  }

  /** A line for each entry: seconds since the beginning, who, what. */
  lines(): string[] {
    return this.#entries.map(({ atMs, who, what }) =>
      `${(atMs / 1_000).toFixed(6).padStart(12)}  ${who.padEnd(12)}  ${what}`
    );
  }

  /** All lines. */
  toString(): string {
    return this.lines().map((line) => `${line}\n`).join("");
  }
}
