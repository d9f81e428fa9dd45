/** One physical connection: what is sent on it, and how we learn of its end. */

import type { Slot } from "../../../core/pool/slot.ts";
import { Delivery } from "../../../core/statement/delivery.ts";
import { classify } from "../classify.ts";
import { guardCopyStream } from "./copy_stream.ts";
import { denseRows } from "./dense_rows.ts";
import { closeConnection } from "./open.ts";
import type { DriverConnection, DriverOptions, DriverQuery, DriverSql } from "./port.ts";
import type { RotatingQuery } from "./rotating_query.ts";
import type { SingleUseSocket } from "./socket.ts";
import { lostError, surface, withoutStatement } from "./surface.ts";

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
  /** A statement has certainly had no effect, and is to be sent again on another connection. */
  resend(query: RotatingQuery): void;
}

/** One physical connection. Never reconnects. */
export class Physical {
  /** Its place in the pool. */
  slot: Slot<Physical> | undefined;
  /** Hears the notifications of this connection. */
  onNotification: ((channel: string, payload: string) => void) | undefined;
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
      // After the error of a broken socket the driver tells nobody who came before its close.
      connection.terminate();
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

  /** Puts our reject in the place of the driver's. */
  watch(query: RotatingQuery): void {
    if (query.reject === onReject) return;
    query.driverReject = query.reject;
    query.reject = onReject;
  }

  /** Sends a statement. Returns whether one more may follow before the answers are in. */
  send(query: RotatingQuery): boolean {
    query.physical = this;
    query.delivery.sent();
    this.watch(query);
    query.driverResolve = query.resolve;
    query.resolve = onResolve;
    this.#inFlight++;
    this.#sending = query;
    const room = this.#connection.execute(query) === true;
    this.#sending = undefined;
    return room && !this.dead;
  }

  /** Resolves when the server has answered an empty statement. */
  async ping(): Promise<void> {
    if (this.dead) throw lostError();
    const query = this.#sql.unsafe("") as unknown as RotatingQuery;
    // Begun by us: the driver would look for a connection of its own.
    query.executed = true;
    // Answered by another connection it would prove nothing.
    query.delivery = new Delivery();
    query.delivery.owned = true;
    this.send(query);
    await query;
  }

  /**
   * Asks the server to cancel a statement that was sent: now when it is being answered, else when its
   * turn comes. (The driver's own cancel of a waiting statement takes it out of its queue, and the
   * next statement gets its answer.)
   */
  cancel(query: RotatingQuery): void {
    const now = () => {
      this.#socket.allowCancel();
      const { canceller } = this.#sql.unsafe("") as unknown as DriverQuery;
      const cancelled = (canceller as (query: RotatingQuery) => Promise<unknown>)(query);
      cancelled.catch(() => {});
    };
    if (query.active) now();
    else whenActive(query, now);
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
    const opened = { sql: this.#sql, socket: this.#socket };
    void closeConnection(opened, closeTimeoutMs).then(() => this.#ended());
  }

  /** See the function below, which is called as a method of the statement. */
  rejected(query: RotatingQuery, error: unknown): void {
    const sending = this.#sending;
    if (sending !== undefined && sending !== query) {
      // Building `sending` failed, and the driver blames the statement that is being answered. It
      // also leaves `sending` in its queue, unwritten: the next answer would be taken for its own.
      this.#sending = undefined;
      sending.delivery.settle();
      this.#retireBefore(sending);
      sending.driverReject!(withoutStatement(error));
      return;
    }
    const failure = classify(error);
    if (failure.kind === "connection") this.#lose();
    const begun = query.state !== null && query.describeFirst !== true;
    const verdict = query.delivery.failed(failure, begun, query.forEachFn !== undefined);
    if (verdict === "ignore") return;
    // The driver tells a stream whose end was sent neither of an error nor of a lost connection.
    query.copy?.destroy(error);
    if (verdict === "resend") return this.#listener!.resend(query);
    if (verdict === "reject") return query.driverReject!(error);
    query.failure = surface(error, begun);
    query.driverReject!(query.failure);
  }

  /** Takes no more statements, and closes when the driver would begin to wait for `unwritten`. */
  #retireBefore(unwritten: RotatingQuery): void {
    this.#lose();
    // Everything before it is answered then.
    whenActive(unwritten, () => this.close(true));
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

/** Calls `then` when the driver begins to wait for the answer to `query`. */
function whenActive(query: RotatingQuery, then: () => void): void {
  let value = false;
  Object.defineProperty(query, "active", {
    configurable: true,
    get: () => value,
    set(active: boolean) {
      const begins = active && !value;
      value = active;
      if (begins) then();
    },
  });
}

/** Shared by all statements, as the next one: closures for each would cost more than all the rest. */
function onResolve(this: RotatingQuery, result: unknown): void {
  if (this.streaming) {
    this.copy = guardCopyStream(result);
    return this.driverResolve!(result);
  }
  // What calls a function for each batch may still fail in the last call.
  if (this.cursorFn === undefined) this.delivery.settle();
  this.driverResolve!(denseRows(result));
}

function onReject(this: RotatingQuery, error: unknown): void {
  this.physical!.rejected(this, error);
}
