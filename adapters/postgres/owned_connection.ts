/** A connection that one owner has to itself: a transaction, or `reserve()`. */

import { take } from "../../core/pool/take.ts";
import type { Connections, Owner } from "./connections.ts";
import type { Physical } from "./driver/physical.ts";
import type { DriverQuery } from "./driver/port.ts";
import type { RotatingQuery } from "./driver/rotating_query.ts";
import { lostError, releasedError } from "./driver/surface.ts";

/** Sends the owner's statements in their order, and gives the connection back. */
export class OwnedConnection implements Owner {
  readonly #physical: Physical;
  readonly #connections: Connections;
  readonly #queue: RotatingQuery[] = [];
  readonly #onLost: (() => void) | undefined;
  #full = false;
  #releasing = false;

  constructor(physical: Physical, connections: Connections, onLost?: () => void) {
    this.#physical = physical;
    this.#connections = connections;
    this.#onLost = onLost;
    connections.owners.set(physical, this);
  }

  /** Waits for a connection. */
  static take(connections: Connections, onLost?: () => void): Promise<OwnedConnection> {
    return take(
      connections.pool,
      ({ connection }) => new OwnedConnection(connection, connections, onLost),
    );
  }

  /** The connection itself. */
  get physical(): Physical {
    return this.#physical;
  }

  /** Whether the pool has adopted a newer generation than the connection's. */
  get outdated(): boolean {
    return this.#physical.slot?.outdated === true;
  }

  /** Whether the connection is gone. */
  get lost(): boolean {
    return this.#physical.dead;
  }

  /** Sends a statement, now or when the ones before it are answered. */
  send(given: DriverQuery): void {
    const query = given as RotatingQuery;
    query.delivery.owned = true;
    // Left alone, the driver would send it on whatever it connects to next, outside of the
    // transaction that it belongs to.
    if (this.lost) return query.reject(lostError());
    if (this.#releasing) return query.reject(releasedError());
    if (query.cancelled) return;
    // Behind what waits already: the owner's statements run in their order.
    if (this.#queue.length > 0 || this.#mustWait(query)) this.#queue.push(query);
    else this.#full = !this.#physical.send(query);
  }

  /** @inheritdoc */
  drained(): void {
    this.#full = false;
    if (this.lost) this.#failQueue();
    while (this.#queue.length > 0 && !this.#mustWait(this.#queue[0]!)) {
      this.#full = !this.#physical.send(this.#queue.shift()!);
    }
    if (this.#releasing) this.release();
    else if (this.lost) this.#onLost?.();
  }

  /** @inheritdoc */
  withdraw(query: DriverQuery): boolean {
    const index = this.#queue.indexOf(query as RotatingQuery);
    if (index >= 0) this.#queue.splice(index, 1);
    return index >= 0;
  }

  /** Gives the connection back, when nothing is on its way any more. */
  release(): void {
    this.#releasing = true;
    if (!this.lost && (this.#physical.busy || this.#queue.length > 0)) return;
    // Given back already: it may be somebody else's by now.
    if (this.#connections.owners.get(this.#physical) !== this) return;
    this.#connections.owners.delete(this.#physical);
    const { slot } = this.#physical;
    if (this.lost) this.#connections.pool.lost(slot!);
    else this.#connections.pool.release(slot!);
  }

  /** Ends the connection: nobody can tell what state its session is in. */
  discard(): void {
    this.#releasing = true;
    this.#failQueue();
    if (this.#connections.owners.get(this.#physical) !== this) return;
    this.#connections.pool.discard(this.#physical.slot!);
    this.#connections.owners.delete(this.#physical);
  }

  #failQueue(): void {
    for (const query of this.#queue.splice(0)) query.reject(lostError());
  }

  /**
   * A statement with parameters may fail while it is built, and when another one is being answered
   * the driver then mixes up the answers: it waits until it is alone.
   */
  #mustWait(query: RotatingQuery): boolean {
    return this.#physical.busy && (this.#full || query.args.length > 0);
  }
}
