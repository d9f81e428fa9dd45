/** Notices that the process did not run for a while. */

import type { Clock } from "./clock.ts";

/** Clocks drift apart and are slewed by less than this between two uses. */
const toleranceMs = 5_000;

/**
 * Compares the wall clock with the monotonic one, which on most systems stands still while a machine
 * sleeps or a function is frozen: what looks fresh may be hours old then.
 */
export class FreezeDetector {
  readonly #clock: Clock;
  #monotonicMs: number;
  #wallMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#monotonicMs = clock.monotonicMs();
    this.#wallMs = clock.wallMs();
  }

  /**
   * For how many milliseconds the process was frozen since the last call; 0 when it was not.
   * `monotonicMs` is for a caller who has just read that clock.
   */
  check(monotonicMs: number = this.#clock.monotonicMs()): number {
    const wallMs = this.#clock.wallMs();
    const frozenMs = (wallMs - this.#wallMs) - (monotonicMs - this.#monotonicMs);
    this.#monotonicMs = monotonicMs;
    this.#wallMs = wallMs;
    // A wall clock that was set back says nothing about a freeze.
    return frozenMs > toleranceMs ? frozenMs : 0;
  }
}
