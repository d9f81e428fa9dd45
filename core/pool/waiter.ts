/** Somebody who waits for a connection. */

import type { Slot } from "./slot.ts";

/** A request for a connection that could not be served at once. */
export interface Waiter<C> {
  /** `share`: one statement, beside others. `own`: the connection itself, until it is released. */
  readonly kind: "share" | "own";
  /**
   * Uses the slot, synchronously. For `share`: returns whether one more statement may join.
   * For `own` the result does not matter.
   */
  serve(slot: Slot<C>): boolean;
  /** No connection could be had. */
  fail(error: unknown): void;
}
