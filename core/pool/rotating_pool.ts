/** A pool whose connections log in through an endpoint: the shell around the two state machines. */

import type { Credential } from "../credential.ts";
import type { Endpoint, EndpointUser, LoginRequest } from "../endpoint/endpoint.ts";
import type { RekeyEvent } from "../events.ts";
import type { Failure } from "../failure.ts";
import type { PoolSettings } from "./options.ts";
import { Pool, type PoolEffects, type PoolStats } from "./pool.ts";
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
  /** Closes a connection and calls `pool.closed` when it is. Must not throw. */
  close(connection: C): void;
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
  readonly #abort = new AbortController();
  readonly #detach: () => void;
  #probing = false;

  constructor(options: RotatingPoolOptions<C>) {
    this.#options = options;
    this.#pool = new Pool(options.settings, this);
    const preferred = options.endpoint.preferred;
    if (preferred !== undefined) this.#pool.adopt(preferred.versionId);
    this.#detach = options.endpoint.attach(this);
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

  /** A connection was lost, or is closed now. */
  closed(slot: Slot<C>): void {
    this.#pool.closed(slot);
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
  open(): void {
    const { endpoint } = this.#options;
    endpoint.login(this.#request()).then(
      ({ connection, credential }) => this.#pool.opened(connection, credential.versionId),
      (error) => this.#pool.openFailed(error),
    );
  }

  /** @inheritdoc */
  attach(slot: Slot<C>): void {
    this.#options.driver.attach(slot);
  }

  /** @inheritdoc */
  close(connection: C): void {
    this.#options.driver.close(connection);
  }

  /** @inheritdoc */
  onPreferred(credential: Credential): void {
    this.#pool.adopt(credential.versionId);
  }

  /** @inheritdoc */
  probe(target: Credential): boolean {
    // Without a connection there is nothing to replace: the next login tries the new version first.
    if (!this.#pool.hasConnections || this.#pool.ending) return false;
    if (this.#probing) return true;
    this.#probing = true;
    this.#pool.openProbe();
    const { endpoint, settings } = this.#options;
    const about = { endpoint: endpoint.name, to: target.versionId };
    settings.onEvent({ type: "swap-started", ...about });
    endpoint.probe(this.#request()).then((outcome) => {
      this.#probing = false;
      if ("connection" in outcome) {
        return this.#pool.opened(outcome.connection, outcome.credential.versionId);
      }
      settings.onEvent({ type: "swap-aborted", ...about, code: outcome.code });
      this.#pool.probeFailed();
    });
    return true;
  }

  /** @inheritdoc */
  onEvent(event: RekeyEvent): void {
    this.#options.settings.onEvent(event);
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
