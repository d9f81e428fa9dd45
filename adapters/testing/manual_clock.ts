/** Time that passes only when a test says so. */

import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../../core/clock.ts";

interface Entry {
  readonly atMs: number;
  readonly fn: () => void;
}

/**
 * A clock that stands still until `advance`. Timers run in the order of their times, and those of
 * one time in the order in which they were set; whatever one of them sets off settles before the
 * next one runs. So a test that uses it runs the same way every time.
 *
 * @example
 * ```ts
 * import { ManualClock } from "@rekey/orm/testing";
 *
 * const clock = new ManualClock();
 * let rung = false;
 * clock.setTimer(1_000, () => rung = true);
 * await clock.advance(999);
 * console.assert(!rung);
 * await clock.advance(1);
 * console.assert(rung);
 * ```
 */
export class ManualClock implements Clock {
  #monotonicMs = 1_000;
  #wallMs = Date.UTC(2026, 0, 1);
  /** Sorted by time; those of one time in the order in which they were set. */
  readonly #timers: Entry[] = [];

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Milliseconds, beginning anywhere. */
  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Milliseconds since the epoch. */
  wallMs(): number {
    return this.#wallMs;
  }

  /**
   * Runs `fn` when `delayMs` have passed.
   * @throws {RangeError} when `delayMs` is negative or no number
   */
  setTimer(delayMs: number, fn: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`A timer of ${delayMs} ms: it must be 0 or more.`);
    const entry = { atMs: this.#monotonicMs + delayMs, fn };
    this.#timers.splice(this.#placeOf(entry.atMs), 0, entry);
    return {
      cancel: () => {
        const index = this.#timers.indexOf(entry);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await this.settle();
    while (await this.step(untilMs));
    this.#pass(untilMs - this.#monotonicMs);
  }

  /** Lets what is under way settle without any time passing. */
  settle(): Promise<void> {
    // A turn of the event loop: every promise that can settle without a timer has settled then.
    return new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Lets time pass until `promise` settles. Rejects when it has not after `limitMs`.
   * @param limitMs in milliseconds; 600,000 when it is left out
   */
  async until<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let done = false;
    promise.then(() => done = true, () => done = true);
    const endMs = this.#monotonicMs + limitMs;
    await this.settle();
    while (!done) {
      if (await this.step(endMs)) continue;
      throw new Error(`Nothing settled within ${limitMs} ms.`);
    }
    return await promise;
  }

  /**
   * Runs the next timer, if it is due by `untilMs` of the monotonic clock, and lets what it sets
   * off settle. Returns whether there was one.
   */
  async step(untilMs: number): Promise<boolean> {
    const next = this.#timers[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#timers.shift();
    this.#pass(next.atMs - this.#monotonicMs);
    next.fn();
    await this.settle();
    return true;
  }

  /** Moves the wall clock alone, as an administrator or NTP does. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  /** The process does not run for `ms`: the wall clock goes on, the monotonic one stands still. */
  freeze(ms: number): void {
    this.#wallMs += ms;
  }

  #pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  #placeOf(atMs: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timers[middle]!.atMs <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
