/** The version of new connections, and how those of older versions leave. */

import { Drain } from "./drain.ts";
import type { PoolSettings } from "./options.ts";
import type { Slot } from "./slot.ts";
import type { Slots } from "./slots.ts";

/** Knows which connections are outdated, and tells of swaps and drains. */
export class Generation<C> {
  readonly #slots: Slots<C>;
  readonly #settings: PoolSettings;
  readonly #drain: Drain;
  #versionId: string | undefined;

  /** `close` is called, at the drain deadline, for every connection that is still in use. */
  constructor(slots: Slots<C>, settings: PoolSettings, close: (slot: Slot<C>) => void) {
    const { name, drainMs, clock, onEvent } = settings;
    this.#slots = slots;
    this.#settings = settings;
    const force = () => {
      const old = slots.all().filter((slot) => slot.outdated && slot.state !== "closing");
      for (const slot of old) close(slot);
      return old.length;
    };
    this.#drain = new Drain({ name, drainMs, clock, onEvent, force });
  }

  /** The version of new connections; undefined before the first login. */
  get versionId(): string | undefined {
    return this.#versionId;
  }

  /** How many connections of older generations are left. */
  get outdated(): number {
    return this.#slots.count((slot) => slot.outdated);
  }

  /** New connections are of this version from now on. Returns whether they were not before. */
  adopt(versionId: string): boolean {
    if (this.#versionId === versionId) return false;
    const first = this.#versionId === undefined;
    this.#versionId = versionId;
    // A roll-back makes the connections of the version it returns to current again.
    for (const slot of this.#slots.all()) slot.outdated = slot.versionId !== versionId;
    if (first) return true;
    const { name, onEvent } = this.#settings;
    const draining = this.outdated;
    onEvent({ type: "swap-completed", endpoint: name, to: versionId, draining });
    this.#drain.begin(draining);
    return true;
  }

  /** A connection is gone. */
  closed(slot: Slot<C>): void {
    if (slot.outdated) this.#drain.update(this.outdated);
  }

  /** Stops the timers. */
  stop(): void {
    this.#drain.stop();
  }
}
