/** One physical connection's place in the pool. */

import type { Timer } from "../clock.ts";

/**
 * What a slot is doing:
 * - `idle`: nothing
 * - `busy`: statements are on their way, and one more may join them
 * - `full`: statements are on their way, and no more may join them
 * - `reserved`: one owner has it to itself
 * - `pinging`: it was asked for a sign of life; only the answer ends this
 * - `closing`: told to close; counts until it has
 * - `gone`: closed or lost
 */
export type SlotState = "idle" | "busy" | "full" | "reserved" | "pinging" | "closing" | "gone";

/** One physical connection and what it is doing. */
export interface Slot<C> {
  /** The adapter's connection. */
  readonly connection: C;
  /** The version that it logged in with, for as long as it lives: its generation. */
  readonly versionId: string;
  /** What it is doing. Written by the pool only. */
  state: SlotState;
  /** Takes no new work: of an older generation, or past its lifetime. */
  retired: boolean;
  /** Was there when the pool adopted a newer generation than its own. */
  outdated: boolean;
  /** How many looks of the idle watch have found it idle in a row. */
  idleLooks: number;
  /** Ends its lifetime. */
  lifetime: Timer | undefined;
}

/** The place of a connection that was just opened. */
export function newSlot<C>(connection: C, versionId: string): Slot<C> {
  return {
    connection,
    versionId,
    state: "full",
    retired: false,
    outdated: false,
    idleLooks: 0,
    lifetime: undefined,
  };
}
