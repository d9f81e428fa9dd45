/** Those who wait for a connection. */

import type { Waiter } from "./waiter.ts";

/** A queue, in the order in which they came. */
export class Waiters<C> {
  readonly #queue: { readonly waiter: Waiter<C>; readonly arrival: number }[] = [];
  #arrivals = 0;

  /** How many wait. */
  get size(): number {
    return this.#queue.length;
  }

  /** How many have come so far: who came before a moment is told by it. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** What the first one waits for; undefined when nobody waits. */
  get wanted(): Waiter<C>["kind"] | undefined {
    return this.#queue[0]?.waiter.kind;
  }

  /** One more. */
  add(waiter: Waiter<C>): void {
    this.#queue.push({ waiter, arrival: ++this.#arrivals });
  }

  /** Takes the first one out. */
  next(): Waiter<C> | undefined {
    return this.#queue.shift()?.waiter;
  }

  /** Takes one out. Returns whether it was still waiting. */
  withdraw(waiter: Waiter<C>): boolean {
    const index = this.#queue.findIndex((each) => each.waiter === waiter);
    if (index >= 0) this.#queue.splice(index, 1);
    return index >= 0;
  }

  /** Fails everybody, or those who were among the first `arrivals` to come. */
  fail(error: unknown, arrivals = Infinity): void {
    const later = this.#queue.findIndex(({ arrival }) => arrival > arrivals);
    const count = later < 0 ? this.#queue.length : later;
    for (const { waiter } of this.#queue.splice(0, count)) waiter.fail(error);
  }
}
