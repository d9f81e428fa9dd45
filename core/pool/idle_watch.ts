/** Which connections have been idle for so long that they may be dead without our knowing. */

import type { Clock, Timer } from "../clock.ts";
import { FreezeDetector } from "../freeze_detector.ts";
import type { Slot } from "./slot.ts";
import type { Slots } from "./slots.ts";

/** So many looks in a row must find a connection idle. */
const looksToSuspect = 2;

/**
 * Looks at the idle connections twice in `pingAfterIdleMs`, instead of reading the clock for every
 * statement. A connection that two looks in a row found idle is suspect: it may be half-open, its
 * peer gone without a word. So is every idle one after the process was frozen.
 */
export class IdleWatch<C> {
  readonly #slots: Slots<C>;
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #freeze: FreezeDetector;
  #timer: Timer | undefined;

  constructor(slots: Slots<C>, clock: Clock, pingAfterIdleMs: number) {
    this.#slots = slots;
    this.#clock = clock;
    this.#periodMs = pingAfterIdleMs / looksToSuspect;
    this.#freeze = new FreezeDetector(clock);
  }

  /** A connection became idle. */
  idle(): void {
    if (this.#timer !== undefined || this.#periodMs === Infinity) return;
    this.#timer = this.#clock.setTimer(this.#periodMs, () => this.#look());
  }

  /** Whether there is a suspect. The longest idle come first, so the first one tells. */
  get suspects(): boolean {
    return (this.#slots.idleSlots[0]?.idleLooks ?? 0) >= looksToSuspect;
  }

  /** All suspects. */
  suspectSlots(): Slot<C>[] {
    return this.#slots.idleSlots.filter(({ idleLooks }) => idleLooks >= looksToSuspect);
  }

  /** Stops the timer. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(): void {
    this.#timer = undefined;
    const frozen = this.#freeze.check() > 0;
    for (const slot of this.#slots.idleSlots) slot.idleLooks += frozen ? looksToSuspect : 1;
    // While all that are idle are suspect there is nothing to look for.
    if (this.#slots.idleSlots.some(({ idleLooks }) => idleLooks < looksToSuspect)) this.idle();
  }
}
