/** A connection that the app has to itself: the driver's own class, on a connection of our pool. */

import type { RotatingPool } from "../../core/pool/rotating_pool.ts";
import { take } from "../../core/pool/take.ts";
import type { Owner, Physical } from "./driver/physical.ts";
import type { CorePool, DriverConnection } from "./driver/port.ts";
import { changeUserError, lostError, releasedError } from "./errors.ts";
import { isOpener, Openers } from "./openers.ts";
import type { MysqlPoolDriver } from "./pool_driver.ts";
import { tell } from "./pool_events.ts";
import { type Method, refuseCallback, stackOf, Statement, type Text } from "./statement.ts";

/** What owned connections are made of. */
export interface OwnedOptions {
  readonly pool: RotatingPool<Physical>;
  readonly driver: Pick<MysqlPoolDriver, "giveBack">;
  readonly front: CorePool;
  readonly valuesInErrors: boolean;
}

/** A connection as the app gets it. */
export interface OwnedConnection extends DriverConnection {
  /** Gives the connection back. */
  release(): void;
}

/** Takes a connection out of the pool. */
export async function takeConnection(options: OwnedOptions): Promise<OwnedConnection> {
  const physical = await takePhysical(options);
  return new (ownedClass(physical.connection))(physical, options);
}

/**
 * From the moment when the pool hands the connection out it has an owner, so that the pool does not
 * take it back. Who it is, is known a moment later.
 */
async function takePhysical({ pool, front }: OwnedOptions): Promise<Physical> {
  let waits = true;
  const taken = take(pool, ({ connection }) => {
    waits = false;
    tell(front, "acquire", connection.core);
    connection.owner = nobody;
    return connection;
  });
  if (waits) tell(front, "enqueue");
  return await taken;
}

const nobody: Owner = { release() {}, destroy() {}, drained() {}, bypassed() {} };

/** The driver's class of promise connections. */
type Base = new (core: unknown, promise: unknown) => {
  connection: unknown;
  ping(): Promise<unknown>;
  reset(): Promise<unknown>;
  prepare(options: unknown): Promise<PreparedOnce>;
};
/** A prepared statement as the app gets it: one for each call, whereas the driver has one for each text. */
interface PreparedOnce {
  execute(...args: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}
type Owned = new (physical: Physical, options: OwnedOptions) => OwnedConnection;

const classes = new WeakMap<Base, Owned>();

function ownedClass({ constructor }: DriverConnection): Owned {
  const base = constructor as unknown as Base;
  let owned = classes.get(base);
  if (owned === undefined) classes.set(base, owned = deriveClass(base));
  return owned;
}

function deriveClass(base: Base): Owned {
  return class RotatingPoolConnection extends base {
    #physical: Physical;
    readonly #options: OwnedOptions;
    #released = false;
    /** What was sent so far, while that can be sent again elsewhere; undefined when it cannot. */
    #opened: Openers | undefined = new Openers({
      isLost: () => this.#physical.dead && this.#mayMove,
      exchange: (arrived) => this.#exchange(arrived),
    });

    constructor(physical: Physical, options: OwnedOptions) {
      super(physical.core, Promise);
      this.#physical = physical;
      this.#options = options;
      this.#own(physical);
    }

    query(sql: Text, args?: unknown): Promise<unknown> {
      return this.#run("query", sql, args, stackOf(this.query));
    }

    execute(sql: Text, args?: unknown): Promise<unknown> {
      return this.#run("execute", sql, args, stackOf(this.execute));
    }

    beginTransaction(): Promise<unknown> {
      return this.#run("query", "START TRANSACTION", undefined, stackOf(this.beginTransaction));
    }

    commit(): Promise<unknown> {
      return this.#run("query", "COMMIT", undefined, stackOf(this.commit));
    }

    rollback(): Promise<unknown> {
      return this.#run("query", "ROLLBACK", undefined, stackOf(this.rollback));
    }

    override async ping(): Promise<unknown> {
      this.#assertOwned();
      return await super.ping();
    }

    override async reset(): Promise<unknown> {
      this.#assertOwned();
      return await super.reset();
    }

    override async prepare(options: unknown): Promise<PreparedOnce> {
      this.#assertOwned();
      // What is prepared is known to this session only.
      this.#opened = undefined;
      const prepared = await super.prepare(options);
      const { execute, close } = prepared;
      prepared.execute = async (...args) => {
        this.#assertOwned();
        return await execute.apply(prepared, args);
      };
      // Once it is released, the next owner may be using the same.
      prepared.close = async () => this.#released ? undefined : await close.call(prepared);
      return prepared;
    }

    changeUser(): Promise<never> {
      return Promise.reject(changeUserError());
    }

    release(): void {
      // In the middle of an answer it is of no use to the next owner.
      this.#giveBack(this.#physical.streaming);
    }

    destroy(): void {
      this.#giveBack(true);
    }

    end(): Promise<void> {
      this.release();
      return Promise.resolve();
    }

    [Symbol.asyncDispose](): Promise<void> {
      return this.end();
    }

    /** The driver would let a former owner at what is somebody else's by now. */
    #assertOwned(): void {
      if (this.#released) throw releasedError();
    }

    #giveBack(broken: boolean): void {
      if (this.#released) return;
      this.#released = true;
      const physical = this.#physical;
      if (broken) {
        physical.abandon();
        // Still owned, so that what is on its way is cut off with it.
        this.#options.pool.discard(physical.slot!);
      }
      // What is on its way comes to its end first.
      if (broken || !physical.busy) this.#handOver();
    }

    #handOver(): void {
      const physical = this.#physical;
      physical.owner = undefined;
      this.#options.driver.giveBack(physical);
    }

    #own(physical: Physical): void {
      physical.owner = {
        release: () => this.release(),
        destroy: () => this.destroy(),
        drained: () => {
          if (this.#released && !physical.busy) this.#handOver();
        },
        bypassed: () => this.#opened = undefined,
      };
    }

    async #run(method: Method, sql: Text, args: unknown, stack: { stack?: string }) {
      refuseCallback(args);
      const send = () => this.#send(method, sql, args, stack);
      if (!isOpener(sql)) this.#opened = undefined;
      return await (this.#opened?.run(send) ?? send());
    }

    #send(method: Method, sql: Text, args: unknown, stack: { stack?: string }) {
      return new Promise((resolve, reject) => {
        if (this.#released) return reject(releasedError());
        if (this.#physical.dead) return reject(lostError());
        const { valuesInErrors } = this.#options;
        const options = { method, sql, args, valuesInErrors, stack, resolve, reject };
        const statement = new Statement(options);
        statement.delivery.owned = true;
        this.#physical.send(statement);
      });
    }

    /** Whether nothing was sent, also while another connection was waited for, that is missing there. */
    get #mayMove(): boolean {
      return this.#opened !== undefined && !this.#released;
    }

    /** Puts another connection in the place of a lost one. */
    async #exchange(arrived: () => void): Promise<void> {
      this.#physical.owner = undefined;
      const next = await takePhysical(this.#options);
      if (!this.#mayMove) {
        next.owner = undefined;
        this.#options.driver.giveBack(next);
        throw lostError();
      }
      this.#own(next);
      this.#physical = next;
      this.connection = next.core;
      arrived();
    }
  };
}
