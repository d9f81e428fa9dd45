/** Watches the connections of older generations go. */

import type { Clock, Timer } from "../clock.ts";
import type { Observer } from "../events.ts";

/** After this long an event says that a drain is slow. */
const slowMs = 60_000;

/** What a drain needs of its pool. */
export interface DrainOptions {
  readonly name: string;
  readonly drainMs: number;
  readonly clock: Clock;
  readonly onEvent: Observer;
  /** Closes what is left, in use or not; returns how many that was. */
  readonly force: () => number;
}

/** One drain at a time: a further swap extends the one under way. */
export class Drain {
  readonly #options: DrainOptions;
  #startedMs: number | undefined;
  #forced = 0;
  #remaining = 0;
  #slow: Timer | undefined;
  #deadline: Timer | undefined;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  /** The generation changed, and so many connections of older ones are left. */
  begin(remaining: number): void {
    const { clock, drainMs } = this.#options;
    this.#remaining = remaining;
    if (remaining === 0) return this.#finish();
    this.#startedMs ??= clock.monotonicMs();
    this.#slow ??= clock.setTimer(slowMs, () => this.#reportSlow());
    // Those that this swap made old get their whole time, too.
    this.#deadline?.cancel();
    if (drainMs === Infinity) return;
    this.#deadline = clock.setTimer(drainMs, () => {
      this.#forced += this.#options.force();
    });
  }

  /** So many connections of older generations are left. */
  update(remaining: number): void {
    this.#remaining = remaining;
    if (remaining === 0) this.#finish();
  }

  /** Stops the timers. */
  stop(): void {
    this.#slow?.cancel();
    this.#slow = undefined;
    this.#deadline?.cancel();
    this.#deadline = undefined;
    this.#startedMs = undefined;
  }

  #finish(): void {
    if (this.#startedMs === undefined) return;
    const { name, clock, onEvent } = this.#options;
    const durationMs = clock.monotonicMs() - this.#startedMs;
    const forced = this.#forced;
    this.stop();
    this.#forced = 0;
    onEvent({ type: "drain-finished", endpoint: name, durationMs, forced });
  }

  #reportSlow(): void {
    const { name, clock, onEvent } = this.#options;
    const durationMs = clock.monotonicMs() - this.#startedMs!;
    onEvent({ type: "drain-slow", endpoint: name, remaining: this.#remaining, durationMs });
  }
}
