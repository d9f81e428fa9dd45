/** The events of the pool, told to the app's listeners. */

import process from "node:process";
import type { CoreConnection, CorePool } from "./driver/port.ts";

/** What a pool of the driver tells. */
export type PoolEvent = "acquire" | "connection" | "enqueue" | "release";

/**
 * Tells listeners of an event. There is nobody to throw to who could do anything about it, and what
 * the pool is in the middle of must come to its end: what a listener throws becomes a warning of the
 * process.
 */
export function tell(front: CorePool, event: PoolEvent, connection?: CoreConnection): void {
  try {
    if (connection === undefined) front.emit(event);
    else front.emit(event, connection);
  } catch (cause) {
    const warning = new Error(
      `A listener of the event "${event}" of a rotating pool threw. The pool goes on. ` +
        `Catch in the listener what it may throw.`,
      { cause },
    );
    warning.name = "RekeyWarning";
    const detail = cause instanceof Error ? cause.stack : undefined;
    process.emitWarning(Object.assign(warning, detail !== undefined && { detail }));
  }
}
