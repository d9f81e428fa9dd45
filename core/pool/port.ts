/** What a pool asks of its surroundings, and what it shows of itself. */

import type { Slot } from "./slot.ts";

/** What the pool asks of the shell around it. */
export interface PoolEffects<C> {
  /**
   * Opens a connection; `opened` or `openFailed` tells how it went.
   *
   * @param arrivals who waits already, for `openFailed`
   */
  open(arrivals: number): void;
  /** A connection has its place in the pool; called before it serves anybody. */
  attach(slot: Slot<C>): void;
  /** Asks a connection for a sign of life; `pinged` or `pingFailed` tells how it went. */
  ping(slot: Slot<C>): void;
  /** Closes a connection, in use or not; `closed` tells when it is. */
  close(connection: C): void;
}

/** A snapshot of a pool. */
export interface PoolStats {
  /** The version of new connections; undefined before the first login. */
  readonly versionId: string | undefined;
  /** Connections open, closing ones included. */
  readonly total: number;
  /** Connections that do nothing. */
  readonly idle: number;
  /** Connections that somebody has to himself. */
  readonly reserved: number;
  /** Connections that are being opened. */
  readonly opening: number;
  /** Connections of older generations. */
  readonly draining: number;
  /** Statements and owners that wait for a connection. */
  readonly waiting: number;
}
