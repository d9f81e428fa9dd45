/** One pool of a simulated process, and the statements on it. */

import type { Credential } from "../../../../core/credential.ts";
import { deferred } from "../../../../core/deferred.ts";
import type { Endpoint } from "../../../../core/endpoint/endpoint.ts";
import type { Failure } from "../../../../core/failure.ts";
import type { PoolSettings } from "../../../../core/pool/options.ts";
import { type PoolDriver, RotatingPool } from "../../../../core/pool/rotating_pool.ts";
import type { Slot } from "../../../../core/pool/slot.ts";
import { Delivery, maxResent } from "../../../../core/statement/delivery.ts";
import { classify, type SimulatedConnection, type Statement } from "../database/mod.ts";
import type { ProcessClock } from "../process_clock.ts";
import { LostStatementError } from "./lost_statement_error.ts";

/** So many statements may share a connection. */
const depth = 3;

/** How a client reaches its server. */
export interface ClientOptions {
  /** The clock of its process. */
  readonly clock: ProcessClock;
  /** Where it logs in, and with what. */
  readonly endpoint: Endpoint;
  /** The settings of its pool. */
  readonly settings: PoolSettings;
  /** For how long a statement waits while candidates are searched, in milliseconds. */
  readonly loginBudgetMs: number;
  /** For how long one connect may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Opens a connection. */
  readonly connect: (credential: Credential, timeoutMs: number) => Promise<SimulatedConnection>;
}

/** A pool with the rules of the real adapters: what certainly did not run is sent again. */
export class SimulatedClient implements PoolDriver<SimulatedConnection> {
  /**
   * The pool under test.
   * @internal
   */
  readonly pool: RotatingPool<SimulatedConnection>;
  /**
   * Where it logs in.
   * @internal
   */
  readonly endpoint: Endpoint;
  /** The most connections at a time. */
  readonly max: number;
  /** Connections that are open or being opened. */
  connections = 0;
  /** How often it was given a connection that is retired or lost. */
  misserved = 0;
  readonly #options: ClientOptions;
  readonly #slots = new Map<SimulatedConnection, Slot<SimulatedConnection>>();
  /** Statements on their way, by connection. */
  readonly #inFlight = new Map<SimulatedConnection, number>();

  /**
   * Opens no connection before the first statement.
   * @internal
   */
  constructor(options: ClientOptions) {
    const { endpoint, settings, loginBudgetMs, connectTimeoutMs } = options;
    this.#options = options;
    this.endpoint = endpoint;
    this.max = settings.max;
    this.pool = new RotatingPool({
      endpoint,
      driver: this,
      settings,
      loginBudgetMs,
      connectTimeoutMs,
    });
  }

  /**
   * The places of its open connections in the pool.
   * @internal
   */
  get slots(): Iterable<Slot<SimulatedConnection>> {
    return this.#slots.values();
  }

  /**
   * What its pool asks of it.
   * @internal
   */
  async connect(credential: Credential, timeoutMs: number): Promise<SimulatedConnection> {
    this.connections++;
    try {
      return await this.#options.connect(credential, timeoutMs);
    } catch (error) {
      this.connections--;
      throw error;
    }
  }

  /**
   * What its pool asks of it.
   * @internal
   */
  classify(error: unknown): Failure {
    return classify(error);
  }

  /**
   * What its pool asks of it.
   * @internal
   */
  attach(slot: Slot<SimulatedConnection>): void {
    const { connection } = slot;
    this.#inFlight.set(connection, 0);
    this.#slots.set(connection, slot);
    connection.onEnd = () => {
      this.connections--;
      this.#slots.delete(connection);
      this.#inFlight.delete(connection);
      this.pool.closed(slot);
    };
    if (connection.over) connection.onEnd(undefined);
  }

  /**
   * What its pool asks of it.
   * @internal
   */
  ping(connection: SimulatedConnection): Promise<void> {
    return connection.ping();
  }

  /**
   * What its pool asks of it.
   * @internal
   */
  close(connection: SimulatedConnection): void {
    connection.close();
  }

  /**
   * Runs a statement on any connection.
   * @throws {LostStatementError} when its connection was lost with it
   */
  run(statement: Statement): Promise<void> {
    const { promise, resolve, reject } = deferred<void>();
    this.#dispatch(statement, new Delivery(), resolve, reject);
    return promise;
  }

  /** Runs statements in a transaction. Begins it anew while nothing can have happened. */
  async transaction(statements: readonly Statement[]): Promise<void> {
    for (let attempt = 0;; attempt++) {
      const slot = await this.#take();
      const begun = await slot.connection.begin();
      if (!begun.ok) {
        this.pool.discard(slot);
        if (classify(begun.error).kind !== "connection" || attempt >= maxResent) throw begun.error;
        continue;
      }
      try {
        for (const statement of statements) await this.#runOwned(slot.connection, statement);
        await this.#commit(slot.connection);
      } catch (error) {
        this.pool.discard(slot);
        throw error;
      }
      return this.pool.release(slot);
    }
  }

  /** Keeps a connection for `holdMs` without using it, as `reserve()` does. */
  async reserve(holdMs: number): Promise<void> {
    const slot = await this.#take();
    const { promise, resolve } = deferred<void>();
    this.#options.clock.setTimer(holdMs, resolve);
    await promise;
    this.pool.release(slot);
  }

  #take(): Promise<Slot<SimulatedConnection>> {
    const { promise, resolve, reject } = deferred<Slot<SimulatedConnection>>();
    this.pool.dispatch({
      kind: "own",
      serve: (slot) => {
        this.#served(slot);
        resolve(slot);
        return false;
      },
      fail: reject,
    });
    return promise;
  }

  #served({ connection, retired }: Slot<SimulatedConnection>): void {
    if (retired || !this.#slots.has(connection)) this.misserved++;
  }

  #dispatch(
    statement: Statement,
    delivery: Delivery,
    resolve: () => void,
    reject: (error: unknown) => void,
  ): void {
    this.pool.dispatch({
      kind: "share",
      serve: (slot) => {
        this.#served(slot);
        delivery.sent();
        void this.#send(slot, statement, delivery, resolve, reject);
        return this.#inFlight.get(slot.connection)! < depth;
      },
      fail: reject,
    });
  }

  async #send(
    slot: Slot<SimulatedConnection>,
    statement: Statement,
    delivery: Delivery,
    resolve: () => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    const { connection } = slot;
    this.#inFlight.set(connection, this.#inFlight.get(connection)! + 1);
    const outcome = await connection.execute(statement);
    if (outcome.ok) {
      delivery.settle();
      resolve();
    } else {
      const { error, unsent } = outcome;
      const failure = classify(error);
      if (failure.kind === "connection") this.pool.retire(slot);
      // Drivers may tell of a failure twice: for the error, and for the close that follows it.
      for (let told = 0; told < 2; told++) {
        const verdict = delivery.failed(failure, !unsent, false);
        if (verdict === "resend") this.#dispatch(statement, delivery.again(), resolve, reject);
        if (verdict === "reject") reject(error);
        if (verdict === "reject-lost") reject(new LostStatementError(error, !unsent));
      }
    }
    const left = this.#inFlight.get(connection);
    if (left === undefined) return;
    this.#inFlight.set(connection, left - 1);
    if (left === 1) this.pool.settled(slot);
  }

  async #runOwned(connection: SimulatedConnection, statement: Statement): Promise<void> {
    const delivery = new Delivery();
    delivery.owned = true;
    delivery.sent();
    const outcome = await connection.execute(statement);
    if (outcome.ok) return;
    const { error, unsent } = outcome;
    const verdict = delivery.failed(classify(error), !unsent, false);
    // Adapters do as they are told: that it is never told of a transaction's statement is checked.
    if (verdict === "resend") return this.run(statement);
    // Without its commit a transaction has no effect.
    throw verdict === "reject-lost" ? new LostStatementError(error, false) : error;
  }

  async #commit(connection: SimulatedConnection): Promise<void> {
    const outcome = await connection.commit();
    if (outcome.ok) return;
    const { error, unsent } = outcome;
    throw classify(error).kind === "connection" ? new LostStatementError(error, !unsent) : error;
  }
}
