/** Statements on their way into the pool, and back out when they are cancelled. */

import type { Physical } from "./driver/physical.ts";
import type { DriverQuery } from "./driver/port.ts";
import { needsOwn, type RotatingQuery } from "./driver/rotating_query.ts";
import { cancelledError } from "./driver/surface.ts";
import { OwnedConnection } from "./owned_connection.ts";
import type { PostgresPoolDriver } from "./pool_driver.ts";
import type { Slot } from "../../core/pool/slot.ts";

/** A statement shares a connection; a cursor or a COPY has one to itself while it lasts. */
// deno-lint-ignore no-explicit-any
export function dispatchQuery(driver: PostgresPoolDriver<any>, given: DriverQuery): void {
  const query = given as RotatingQuery;
  if (query.cancelled) return;
  const own = needsOwn(query);
  const serve = (slot: Slot<Physical>) => {
    query.waiter = undefined;
    if (!own) return slot.connection.send(query);
    const connection = new OwnedConnection(slot.connection, driver);
    connection.send(query);
    // As soon as everything is answered.
    connection.release();
    return false;
  };
  query.waiter = {
    kind: own ? "own" : "share",
    serve,
    fail(error) {
      query.waiter = undefined;
      query.reject(error);
    },
  };
  driver.pool.dispatch(query.waiter);
}

/** Cancels a statement wherever it is: waiting, or on a connection. */
// deno-lint-ignore no-explicit-any
export function cancelQuery(driver: PostgresPoolDriver<any>, given: DriverQuery): void {
  const query = given as RotatingQuery;
  query.cancelAsked = true;
  if (query.physical !== undefined) return query.physical.cancel(query);
  query.cancelled = true;
  if (query.waiter !== undefined) driver.pool.withdraw(query.waiter);
  for (const owner of driver.owners.values()) if (owner.withdraw(query)) break;
  query.reject(cancelledError());
}
