/** Statements on their way into the pool, and back out when they are cancelled. */

import type { Connections } from "./connections.ts";
import type { Physical } from "./driver/physical.ts";
import type { DriverQuery } from "./driver/port.ts";
import { needsOwn, type RotatingQuery } from "./driver/rotating_query.ts";
import { cancelledError } from "./driver/surface.ts";
import { OwnedConnection } from "./owned_connection.ts";
import type { Slot } from "../../core/pool/slot.ts";

/** A statement shares a connection; a cursor or a COPY has one to itself while it lasts. */
export function dispatchQuery(connections: Connections, given: DriverQuery): void {
  const query = given as RotatingQuery;
  if (query.cancelled) return;
  const own = needsOwn(query);
  const serve = (slot: Slot<Physical>) => {
    query.waiter = undefined;
    if (!own) return slot.connection.send(query);
    const connection = new OwnedConnection(slot.connection, connections);
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
      query.delivery.settle();
      query.reject(error);
    },
  };
  connections.pool.dispatch(query.waiter);
}

/** Cancels a statement wherever it is: waiting, or on a connection. */
export function cancelQuery(connections: Connections, given: DriverQuery): void {
  const query = given as RotatingQuery;
  const { delivery } = query;
  if (delivery.settled) return;
  delivery.cancelAsked = true;
  if (!delivery.waiting) return query.physical!.cancel(query);
  query.cancelled = true;
  if (query.waiter !== undefined) connections.pool.withdraw(query.waiter);
  for (const owner of connections.owners.values()) if (owner.withdraw(query)) break;
  delivery.settle();
  query.reject(cancelledError());
}
