/** Keeps a pool from opening connections in a hot loop. */

import type { Clock, Timer } from "../clock.ts";
import type { Slot } from "./slot.ts";

/** The first pause after an opening that came to nothing; doubled for each further one. */
const baseMs = 250;
/** The longest pause. */
const capMs = 5_000;
/** So many connections in a row that are lost before their first use are no accident. */
const maxLostUnused = 5;

/** The pause after an opening that came to nothing: it failed, or its connection was never used. */
export class Reopening<C> {
  readonly #clock: Clock;
  readonly #reopen: () => void;
  /** Those that have not served anybody yet. */
  readonly #unused = new Set<Slot<C>>();
  #timer: Timer | undefined;
  #failures = 0;
  #lostInARow = 0;

  /** `reopen` is called at the end of every pause. */
  constructor(clock: Clock, reopen: () => void) {
    this.#clock = clock;
    this.#reopen = reopen;
  }

  /** Whether nothing may be opened at the moment. */
  get paused(): boolean {
    return this.#timer !== undefined;
  }

  /** An opening failed. */
  failed(): void {
    const delayMs = Math.min(capMs, baseMs * 2 ** Math.min(this.#failures++, 10));
    this.#timer ??= this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#reopen();
    });
  }

  /** A connection was opened. */
  opened(slot: Slot<C>): void {
    this.#unused.add(slot);
  }

  /** A connection serves somebody. */
  served(slot: Slot<C>): void {
    if (!this.#unused.delete(slot)) return;
    this.#failures = 0;
    this.#lostInARow = 0;
    this.stop();
  }

  /**
   * A connection is gone. Returns whether opening another one is no answer: the server accepts
   * logins, and ends every connection before its first use.
   */
  closed(slot: Slot<C>): boolean {
    if (!this.#unused.delete(slot) || slot.outdated) return false;
    this.failed();
    return ++this.#lostInARow >= maxLostUnused;
  }

  /** Ends the pause. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
