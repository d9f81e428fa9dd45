/** Time that passes only when a test says so. */

import type { Clock, Timer } from "../../core/clock.ts";

/** So many rounds of microtasks settle whatever a timer set off. */
const settleRounds = 60;

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly fn: () => void;
}

/** A clock that stands still until `advance`. */
export class ManualClock implements Clock {
  #monotonicMs = 1_000;
  #wallMs = Date.UTC(2026, 0, 1);
  #order = 0;
  readonly #timers = new Set<Entry>();

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  setTimer(delayMs: number, fn: () => void): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`a timer of ${delayMs} ms`);
    const entry = { atMs: this.#monotonicMs + delayMs, order: this.#order++, fn };
    this.#timers.add(entry);
    return { cancel: () => this.#timers.delete(entry) };
  }

  /** Lets `ms` pass: timers run in their order, and what each sets off settles before the next. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await this.settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#pass(next.atMs - this.#monotonicMs);
      this.#timers.delete(next);
      next.fn();
      await this.settle();
    }
    this.#pass(untilMs - this.#monotonicMs);
  }

  /** Lets what is under way settle without any time passing. */
  async settle(): Promise<void> {
    for (let round = 0; round < settleRounds; round++) await Promise.resolve();
  }

  /** Lets time pass until `promise` settles, at most `limitMs`. Rejects when that is not enough. */
  async until<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let done = false;
    promise.then(() => done = true, () => done = true);
    const endMs = this.#monotonicMs + limitMs;
    await this.settle();
    while (!done) {
      const next = this.#next(endMs);
      if (next === undefined) throw new Error(`nothing happened within ${limitMs} ms`);
      await this.advance(next.atMs - this.#monotonicMs);
    }
    return await promise;
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

  #next(untilMs: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.#timers) {
      if (entry.atMs > untilMs) continue;
      const sooner = next === undefined || entry.atMs < next.atMs ||
        entry.atMs === next.atMs && entry.order < next.order;
      if (sooner) next = entry;
    }
    return next;
  }
}
