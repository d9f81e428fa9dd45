/** Finds the connections that were idle for so long that they may be dead, and has them pinged. */

import type { Clock, Timer } from "../clock.ts";
import { FreezeDetector } from "../freeze_detector.ts";
import type { PoolSettings } from "./options.ts";
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
  readonly #ping: (slot: Slot<C>) => void;
  #timer: Timer | undefined;
  #pinging = 0;

  /** `ping` asks for a sign of life; `pingEnded` is to be called when there was one, or none. */
  constructor(
    slots: Slots<C>,
    { clock, pingAfterIdleMs }: Pick<PoolSettings, "clock" | "pingAfterIdleMs">,
    ping: (slot: Slot<C>) => void,
  ) {
    this.#slots = slots;
    this.#clock = clock;
    this.#periodMs = pingAfterIdleMs / looksToSuspect;
    this.#freeze = new FreezeDetector(clock);
    this.#ping = ping;
  }

  /** A connection became idle. */
  idle(): void {
    if (this.#timer !== undefined || this.#periodMs === Infinity) return;
    this.#timer = this.#clock.setTimer(this.#periodMs, () => this.#look());
  }

  /** How many pings are under way. */
  get pinging(): number {
    return this.#pinging;
  }

  /** All at once: behind a network that went away they are all dead, and nobody waits for each. */
  pingSuspects(): void {
    const { idleSlots } = this.#slots;
    // The longest idle come first, so the first one tells.
    if (idleSlots[0] === undefined || idleSlots[0].idleLooks < looksToSuspect) return;
    for (const slot of idleSlots.filter(({ idleLooks }) => idleLooks >= looksToSuspect)) {
      this.#slots.unlist(slot);
      slot.state = "pinging";
      this.#pinging++;
      this.#ping(slot);
    }
  }

  /** A ping ended. Returns whether the connection still waited for it, and was not lost before. */
  pingEnded(slot: Slot<C>): boolean {
    this.#pinging--;
    return slot.state === "pinging";
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
