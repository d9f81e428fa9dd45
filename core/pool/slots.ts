/** The connections of a pool, and who of them may take work. */

import type { Slot } from "./slot.ts";

/** All slots; the idle and the busy ones in the order in which they are used. */
export class Slots<C> {
  readonly #all = new Set<Slot<C>>();
  /** FIFO, like the driver's own queues: every connection gets its share of the work. */
  readonly #idle: Slot<C>[] = [];
  readonly #busy: Slot<C>[] = [];

  /** How many connections there are, closing ones included. */
  get size(): number {
    return this.#all.size;
  }

  /** How many do nothing. */
  get idle(): number {
    return this.#idle.length;
  }

  /** A copy, which stays as it is while connections come and go. */
  all(): Slot<C>[] {
    return [...this.#all];
  }

  /** How many there are of a kind. */
  count(which: (slot: Slot<C>) => boolean): number {
    let count = 0;
    for (const slot of this.#all) if (which(slot)) count++;
    return count;
  }

  /** One more. */
  add(slot: Slot<C>): void {
    this.#all.add(slot);
  }

  /** One less, for good. */
  remove(slot: Slot<C>): void {
    this.unlist(slot);
    slot.state = "gone";
    this.#all.delete(slot);
  }

  /** The idle ones, longest idle first. */
  get idleSlots(): readonly Slot<C>[] {
    return this.#idle;
  }

  /** May take work again. */
  list(slot: Slot<C>, state: "idle" | "busy"): void {
    slot.state = state;
    slot.idleLooks = 0;
    (state === "idle" ? this.#idle : this.#busy).push(slot);
  }

  /** Takes no work for the time being. */
  unlist(slot: Slot<C>): void {
    if (slot.state !== "idle" && slot.state !== "busy") return;
    const list = slot.state === "idle" ? this.#idle : this.#busy;
    const index = list.indexOf(slot);
    if (index >= 0) list.splice(index, 1);
    slot.state = "full";
  }

  /** The one that has been idle for longest. */
  takeIdle(): Slot<C> | undefined {
    const slot = this.#idle.shift();
    if (slot !== undefined) slot.state = "full";
    return slot;
  }

  /** One that others use, too, and that has room. */
  takeBusy(): Slot<C> | undefined {
    const slot = this.#busy.shift();
    if (slot !== undefined) slot.state = "full";
    return slot;
  }
}
