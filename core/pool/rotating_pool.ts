/** A pool whose connections log in through an endpoint: the shell around the two state machines. */

import type { Credential } from "../credential.ts";
import { deferred } from "../deferred.ts";
import type { Endpoint, EndpointUser, LoginRequest } from "../endpoint/endpoint.ts";
import type { RekeyEvent } from "../events.ts";
import type { Failure } from "../failure.ts";
import type { PoolSettings } from "./options.ts";
import { Pool, type PoolEffects, type PoolStats } from "./pool.ts";
import { Probe } from "./probe.ts";
import type { Slot } from "./slot.ts";
import type { Waiter } from "./waiter.ts";

/** What an adapter supplies. */
export interface PoolDriver<C> {
  /** Logs in; resolves when a statement can be sent. Leaves nothing behind when it rejects. */
  connect(credential: Credential, timeoutMs: number): Promise<C>;
  /** What an error of `connect` means. */
  classify(error: unknown): Failure;
  /** Tells a connection its place in the pool; called once, before it is used. */
  attach(slot: Slot<C>): void;
  /** Resolves when the connection has answered; rejects when it is lost. */
  ping(connection: C): Promise<unknown>;
  /** Closes a connection and calls `pool.closed` when it is. Must not throw. */
  close(connection: C): void;
  /** The pool has a new generation; connections with an owner are its business. */
  swapped?(): void;
}

/** What a rotating pool is made of. */
export interface RotatingPoolOptions<C> {
  readonly endpoint: Endpoint;
  readonly driver: PoolDriver<C>;
  readonly settings: PoolSettings;
  /** For how long a statement waits while candidates are searched, in milliseconds. */
  readonly loginBudgetMs: number;
  /** For how long one connect may take, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** Joins a pool and an endpoint. */
export class RotatingPool<C> implements EndpointUser, PoolEffects<C> {
  readonly #options: RotatingPoolOptions<C>;
  readonly #pool: Pool<C>;
  readonly #probe: Probe<C>;
  readonly #abort = new AbortController();
  readonly #detach: () => void;

  constructor(options: RotatingPoolOptions<C>) {
    const { endpoint, settings } = options;
    this.#options = options;
    this.#pool = new Pool(settings, this);
    this.#probe = new Probe({
      endpoint,
      pool: this.#pool,
      onEvent: settings.onEvent,
      login: () => endpoint.probe(this.#request()),
      opened: (connection, credential) => this.#opened(connection, credential),
    });
    const { preferred } = endpoint;
    if (preferred !== undefined) this.#pool.adopt(preferred.versionId);
    this.#detach = endpoint.attach(this);
  }

  /** Serves `waiter` with a connection: now if there is one, else in its turn. */
  dispatch(waiter: Waiter<C>): void {
    this.#pool.dispatch(waiter);
  }

  /** Takes a waiter back. Returns whether it was still waiting. */
  withdraw(waiter: Waiter<C>): boolean {
    return this.#pool.withdraw(waiter);
  }

  /** Nothing is on its way on this connection any more. */
  settled(slot: Slot<C>): void {
    this.#pool.settled(slot);
  }

  /** The owner of a reserved connection gives it back. */
  release(slot: Slot<C>): void {
    this.#pool.release(slot);
  }

  /** Gives a connection no new work; it closes as soon as nothing is on its way. */
  retire(slot: Slot<C>): void {
    this.#pool.retire(slot);
  }

  /** Ends a connection that nobody can use any more. */
  discard(slot: Slot<C>): void {
    this.#pool.discard(slot);
  }

  /** A connection is lost, though not closed yet, and whoever had it has let go. */
  lost(slot: Slot<C>): void {
    this.#pool.lost(slot);
  }

  /** A connection was lost, or is closed now. */
  closed(slot: Slot<C>): void {
    this.#pool.closed(slot);
    this.#probe.closed(slot);
  }

  /** See `Pool.end`. Searches for a credential go on for those who wait already. */
  async end(timeoutMs: number): Promise<void> {
    const ended = this.#pool.end(timeoutMs);
    if (this.#pool.stats().waiting === 0) this.#abort.abort();
    await ended;
    this.#abort.abort();
    this.#detach();
  }

  /** A snapshot. */
  stats(): PoolStats {
    return this.#pool.stats();
  }

  /** @inheritdoc */
  open(arrivals: number): void {
    const { endpoint } = this.#options;
    endpoint.login(this.#request()).then(
      ({ connection, credential }) => this.#opened(connection, credential),
      (error) => this.#pool.openFailed(error, arrivals),
    );
  }

  /** @inheritdoc */
  attach(slot: Slot<C>): void {
    this.#options.driver.attach(slot);
  }

  /** @inheritdoc */
  ping(slot: Slot<C>): void {
    const { driver, settings: { clock, pingTimeoutMs } } = this.#options;
    const silence = deferred<never>();
    const timer = clock.setTimer(pingTimeoutMs, () => silence.reject(undefined), true);
    Promise.race([driver.ping(slot.connection), silence.promise]).then(
      () => this.#pool.pinged(slot),
      () => this.#pool.pingFailed(slot),
    ).finally(() => timer.cancel());
  }

  /** @inheritdoc */
  close(connection: C): void {
    this.#options.driver.close(connection);
  }

  /** @inheritdoc */
  onPreferred(credential: Credential): void {
    this.#pool.adopt(credential.versionId);
    this.#options.driver.swapped?.();
  }

  /** @inheritdoc */
  probe(): boolean {
    return this.#probe.want();
  }

  /** @inheritdoc */
  onEvent(event: RekeyEvent): void {
    this.#options.settings.onEvent(event);
  }

  #opened(connection: C, { versionId }: Credential): void {
    const { endpoint, settings } = this.#options;
    // One that fell back to an older version asks again before long what its server accepts.
    const fellBack = versionId !== endpoint.preferred?.versionId;
    const { maxLifetimeMs } = settings;
    const lifetimeMs = fellBack ? Math.min(maxLifetimeMs, endpoint.reprobeMs) : maxLifetimeMs;
    this.#pool.opened(connection, versionId, lifetimeMs);
  }

  #request(): LoginRequest<C> {
    const { driver, loginBudgetMs, connectTimeoutMs } = this.#options;
    return {
      connect: (credential, timeoutMs) => driver.connect(credential, timeoutMs),
      classify: (error) => driver.classify(error),
      budgetMs: loginBudgetMs,
      connectTimeoutMs,
      signal: this.#abort.signal,
    };
  }
}
