/** One physical connection: what is sent on it, and how we learn of its end. */

import type { Clock } from "../../../core/clock.ts";
import type { Failure } from "../../../core/failure.ts";
import type { Slot } from "../../../core/pool/slot.ts";
import { classify, isUnsent, lostCode } from "../classify.ts";
import { astrayError, changeUserError, goneError, lostError, surface } from "../errors.ts";
import type { Statement } from "../statement.ts";
import { CommandWatch } from "./command_watch.ts";
import { InnerCommands } from "./inner_commands.ts";
import { closeConnection, type OpenedConnection } from "./open.ts";
import type { Answer, CoreConnection, DriverConnection } from "./port.ts";

/** How long the server may take to close a connection that was told to end, in milliseconds. */
const closeTimeoutMs = 2_000;

/** What a connection reports. */
export interface PhysicalListener {
  /** No statement is on its way any more. */
  drained(physical: Physical): void;
  /** No new statement is to be sent: the connection is lost, or its server is not the right one. */
  spent(physical: Physical): void;
  /** The connection is closed. */
  closed(physical: Physical): void;
  /** A statement has certainly had no effect, and is to be sent again on another connection. */
  resend(statement: Statement): void;
}

/** Who has a connection to himself. */
export interface Owner {
  /** Gives the connection back. */
  release(): void;
  /** Ends it. */
  destroy(): void;
  /** No statement is on its way any more. */
  drained(): void;
  /** Something is sent on the connection inside, past the owner. */
  bypassed(): void;
}

/** What a connection needs besides the driver's. */
export interface PhysicalOptions {
  readonly clock: Clock;
  /** Whether errors may show a statement with its values. */
  readonly valuesInErrors: boolean;
}

/** One physical connection. Never reconnects. */
export class Physical {
  /** Its place in the pool. */
  slot: Slot<Physical> | undefined;
  /** Who has it to himself. */
  owner: Owner | undefined;
  /** Whether nothing may be sent any more. */
  dead = false;
  /** The connection inside the driver's. */
  readonly core: CoreConnection;
  /** The driver's connection. */
  readonly connection: DriverConnection;

  readonly #opened: OpenedConnection;
  readonly #clock: Clock;
  readonly #run: Readonly<Record<"query" | "execute", CoreConnection["query"]>>;
  readonly #inFlight = new Set<Statement>();
  readonly #inner: InnerCommands;
  #listener: PhysicalListener | undefined;
  #closed = false;
  #abandoned = false;

  constructor(opened: OpenedConnection, { clock, valuesInErrors }: PhysicalOptions) {
    const { core, connection } = opened;
    this.#opened = opened;
    this.#clock = clock;
    this.core = core;
    this.connection = connection;
    this.#run = { query: core.query, execute: core.execute };
    this.#inner = new InnerCommands(core, valuesInErrors, {
      sent: () => this.owner?.bypassed(),
      over: () => this.owner?.drained(),
      astray: () => this.#astray(),
      failed: (failure) => this.#heed(failure),
    });
    Object.assign(core, {
      // What is called on the connection inside the owner's.
      release: () => this.owner?.release(),
      end: (callback?: () => void) => {
        this.owner?.release();
        callback?.();
      },
      destroy: () => this.owner?.destroy(),
      changeUser: refuseUser,
    });
    // Everything that was answered has been read by then. The driver would leave it at that, and at
    // an error, until the other side closes the socket, too.
    core.on("end", () => this.#ended(goneError()));
    core.on("error", (error) => this.#ended(error));
    core.stream.once("close", () => this.#ended(goneError()));
  }

  /** Whether statements are on their way. */
  get busy(): boolean {
    return this.#inFlight.size > 0 || this.#inner.any;
  }

  /** Whether somebody reads rows as a stream. */
  get streaming(): boolean {
    return this.#inner.streaming;
  }

  /** Nobody reads any more what is on its way. */
  abandon(): void {
    this.#abandoned = true;
  }

  /** Starts to report. */
  listen(listener: PhysicalListener): void {
    this.#listener = listener;
    if (this.#closed) listener.closed(this);
    else if (this.dead) listener.spent(this);
  }

  /** Sends a statement. */
  send(statement: Statement): void {
    const { method, sql, args } = statement.options;
    statement.delivery.sent();
    this.#inFlight.add(statement);
    // Not when it is answered: one that timed out is answered long before the connection is free.
    const watch = new CommandWatch({
      over: () => this.#done(statement),
      astray: () => this.#astray(),
    });
    const answer = (error: unknown, rows?: unknown, fields?: unknown) => {
      if (error) {
        this.#failed(statement, error);
        watch.failed(error);
      } else if (!statement.delivery.settled) statement.answer(rows, fields);
    };
    try {
      const command = args === undefined
        ? this.#run[method].call(this.core, sql, answer)
        : this.#run[method].call(this.core, sql, args, answer);
      watch.begun(command);
    } catch (error) {
      // A value that cannot be sent.
      if (!statement.delivery.settled) statement.reject(error);
      this.#done(statement);
    }
  }

  /** Resolves when the server has answered. */
  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.dead) return reject(lostError());
      this.core.ping((error) => error ? reject(error) : resolve());
    });
  }

  /** Ends the connection when what is on its way is answered, or at once when `force` is set. */
  close(force: boolean): void {
    this.dead = true;
    if (this.#closed) return this.#listener?.closed(this);
    void closeConnection(this.#opened, this.#clock, force ? 0 : closeTimeoutMs);
  }

  #failed(statement: Statement, error: unknown): void {
    const failure = classify(error);
    this.#heed(failure);
    const begun = failure.executed !== "no";
    const verdict = statement.delivery.failed(failure, begun, false);
    if (verdict === "reject") statement.reject(error);
    else if (verdict === "reject-lost") {
      // What the driver says of one that it could not even send is of no use to anybody.
      statement.lose(!begun && failure.code === lostCode ? lostError() : error, begun);
    } else if (verdict === "resend") this.#listener!.resend(statement);
    if (failure.kind === "connection") this.#done(statement);
  }

  /** What an error says of the connection. */
  #heed({ kind }: Failure): void {
    if (kind === "connection") this.#lose();
    // The host's name leads to another server by now: new connections will find the primary.
    if (kind === "read-only") this.#listener?.spent(this);
  }

  #done(statement: Statement): void {
    if (!this.#inFlight.delete(statement) || this.#inFlight.size > 0) return;
    this.#listener?.drained(this);
  }

  /** The server has said so: the end of the connection follows. */
  #lose(): void {
    if (this.dead) return;
    this.dead = true;
    // The driver would leave its end to the other side.
    this.core.stream.destroy();
    this.#listener?.spent(this);
  }

  #astray(): void {
    // As a broken socket would say it, so that the driver reads no further in what has arrived.
    if (!this.#closed) this.core.stream.emit("error", astrayError());
  }

  #ended(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.dead = true;
    this.core.stream.destroy();
    // That one statement met a socket which was gone is not what the others were lost by.
    const loss = isUnsent(error) ? goneError() : error;
    // The driver tells nobody when it was we who closed, and never a stream.
    for (const statement of [...this.#inFlight]) {
      this.#inFlight.delete(statement);
      if (!statement.delivery.settled) statement.lose(loss, true);
    }
    // First, so that the pool hears of the loss before the owner lets go.
    this.#listener?.closed(this);
    this.#inner.lost(surface(loss, true), this.#abandoned);
    this.owner?.drained();
  }
}

/** As the driver reads its arguments; without a callback there is none to tell but the caller. */
function refuseUser(...args: unknown[]): void {
  const callback = args.find((arg) => typeof arg === "function") as Answer | undefined;
  if (callback === undefined) throw changeUserError();
  queueMicrotask(() => callback(changeUserError()));
}
