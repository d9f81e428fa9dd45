/** One physical connection: what is sent on it, and how we learn of its end. */

import type { Slot } from "../../../core/pool/slot.ts";
import { classify } from "../classify.ts";
import type { DriverConnection, DriverOptions, DriverSql } from "./port.ts";
import type { RotatingQuery } from "./rotating_query.ts";
import type { SingleUseSocket } from "./socket.ts";
import { surface, withoutStatement } from "./surface.ts";

/** How long the server may take to close a connection that was told to end, in milliseconds. */
const closeTimeoutMs = 2_000;

/** What a connection reports. */
export interface PhysicalListener {
  /** No statement is on its way any more. */
  drained(physical: Physical): void;
  /** No new statement may be sent: the connection is lost, though perhaps not closed yet. */
  lost(physical: Physical): void;
  /** The connection is closed. */
  closed(physical: Physical): void;
  /**
   * A statement failed together with its connection and has certainly not run. Returns whether it is
   * taken care of.
   */
  unsent(query: RotatingQuery): boolean;
}

/** One physical connection. Never reconnects. */
export class Physical {
  /** Its place in the pool. */
  slot: Slot<Physical> | undefined;
  /** Whether nothing may be sent any more. */
  dead = false;

  readonly #sql: DriverSql;
  readonly #socket: SingleUseSocket;
  readonly #connection: DriverConnection;
  #listener: PhysicalListener | undefined;
  #sending: RotatingQuery | undefined;
  #inFlight = 0;
  #closed = false;

  constructor(sql: DriverSql, socket: SingleUseSocket, connection: DriverConnection) {
    this.#sql = sql;
    this.#socket = socket;
    this.#connection = connection;
    const options = sql.options as DriverOptions;
    const own = options.onclose;
    options.onclose = (id) => {
      this.#ended();
      own?.(id);
    };
    // Out of the driver's own queues: it would hand the connection to nobody, and count it.
    connection.queue.remove(connection);
    connection.queue = { remove: () => {} };
    const drained = () => {
      this.#inFlight = 0;
      this.#listener?.drained(this);
    };
    // With `release` set the driver calls this whenever everything that was sent is answered.
    connection.reserved = Object.assign(drained, { release: true });
  }

  /** Whether statements are on their way. */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** Starts to report. */
  listen(listener: PhysicalListener): void {
    this.#listener = listener;
    if (this.#closed) listener.closed(this);
  }

  /** Sends a statement. Returns whether one more may follow before the answers are in. */
  send(query: RotatingQuery): boolean {
    query.physical = this;
    query.driverReject = query.reject;
    query.reject = onReject;
    this.#inFlight++;
    this.#sending = query;
    const room = this.#connection.execute(query) === true;
    this.#sending = undefined;
    return room && !this.dead;
  }

  /** Ends the connection when what is on its way is answered, or at once when `force` is set. */
  close(force: boolean): void {
    this.dead = true;
    if (this.#closed) return this.#listener?.closed(this);
    // The driver waits for a reserved connection to be given back: this one never is.
    this.#connection.reserved = null;
    if (force) {
      this.#sql.end({ timeout: 0 }).catch(() => {});
      this.#socket.destroy();
      return;
    }
    this.#sql.end({ timeout: closeTimeoutMs / 1_000 }).catch(() => {}).then(() => {
      this.#socket.destroy();
      this.#ended();
    });
  }

  /** See the function below, which is called as a method of the statement. */
  rejected(query: RotatingQuery, error: unknown): void {
    const sending = this.#sending;
    if (sending !== undefined && sending !== query) {
      // Building `sending` failed, and the driver blames the statement that is being answered. It
      // also leaves `sending` in its queue, unwritten: the next answer would be taken for its own.
      this.#sending = undefined;
      this.#retireBefore(sending);
      sending.driverReject!(withoutStatement(error));
      return;
    }
    if (classify(error).kind !== "connection") return query.driverReject!(error);
    const notRun = query.state === null || query.describeFirst === true;
    this.#lose();
    if (notRun && this.#listener?.unsent(query)) return;
    query.driverReject!(surface(error, !notRun));
  }

  /** Takes no more statements, and closes when the driver would begin to wait for `unwritten`. */
  #retireBefore(unwritten: RotatingQuery): void {
    this.#lose();
    Object.defineProperty(unwritten, "active", {
      configurable: true,
      get: () => false,
      // Everything before it is answered.
      set: (active: boolean) => active && this.close(true),
    });
  }

  #lose(): void {
    if (this.dead) return;
    this.dead = true;
    this.#listener?.lost(this);
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.dead = true;
    this.#listener?.closed(this);
  }
}

/** Shared by all statements: a closure for each would cost more than the rest of the way. */
function onReject(this: RotatingQuery, error: unknown): void {
  this.physical!.rejected(this, error);
}
