/** Logical replication (`subscribe`): a connection of another kind, beside the pool. */

import type { Clock } from "../../core/clock.ts";
import type { Credential } from "../../core/credential.ts";
import type { Endpoint } from "../../core/endpoint/endpoint.ts";
import type { Random } from "../../core/random.ts";
import { retry } from "../../core/resilience/retry.ts";
import { classify } from "./classify.ts";
import { quietly } from "./quietly.ts";
import { reconnectBackoff } from "./reconnect_backoff.ts";

/** What the driver's own `subscribe` takes and gives. */
export type DriverSubscribe = (
  event: string,
  fn: (...change: unknown[]) => void,
  onsubscribe: () => void,
  onerror: (error: unknown) => void,
) => Promise<SubscriptionHandle>;

/** What `subscribe` resolves with. */
export interface SubscriptionHandle {
  /** Ends this subscription. */
  readonly unsubscribe: () => void;
  /** The server process of the connection. */
  readonly state: unknown;
  /** The instance that replicates. */
  readonly sql: unknown;
}

/** A replication connection that is open. */
export interface Replication {
  readonly subscribe: DriverSubscribe;
  close(): void;
}

interface Subscription {
  readonly args: Parameters<DriverSubscribe>;
  handle: SubscriptionHandle | undefined;
}

/** What a subscriber is made of. */
export interface SubscriberOptions {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly loginBudgetMs: number;
  readonly connectTimeoutMs: number;
  /** Connects, and begins the first subscription: that is when the driver logs in. */
  readonly connect: (
    credential: Credential,
    timeoutMs: number,
    first: Parameters<DriverSubscribe>,
    lost: () => void,
  ) => Promise<{ replication: Replication; handle: SubscriptionHandle }>;
}

/**
 * Keeps its connection through rotation, which ends no session; when the connection is lost, it
 * logs in with what is valid then and subscribes again. As with the driver alone, changes made
 * meanwhile are not replayed: `onsubscribe` is called again, so that the app can read anew.
 */
export class Subscriber {
  readonly #options: SubscriberOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #abort = new AbortController();
  #replication: Replication | undefined;
  #connecting: Promise<void> | undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  /** postgres.js's `subscribe`. */
  async subscribe(...args: Parameters<DriverSubscribe>): Promise<SubscriptionHandle> {
    const [event, fn, onsubscribe = () => {}, onerror = () => {}] = args;
    const subscription: Subscription = {
      args: [event, fn, onsubscribe, onerror],
      handle: undefined,
    };
    this.#subscriptions.add(subscription);
    try {
      await this.#ensure();
      subscription.handle ??= await this.#replication!.subscribe(...subscription.args);
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
    const unsubscribe = () => {
      this.#subscriptions.delete(subscription);
      subscription.handle?.unsubscribe();
      if (this.#subscriptions.size === 0) this.#close();
    };
    return { ...subscription.handle, unsubscribe };
  }

  /** Ends all subscriptions. */
  end(): void {
    this.#abort.abort();
    this.#subscriptions.clear();
    this.#close();
  }

  #close(): void {
    this.#replication?.close();
    this.#replication = undefined;
  }

  #ensure(): Promise<void> {
    if (this.#replication !== undefined) return Promise.resolve();
    return this.#connecting ??= this.#connect().finally(() => this.#connecting = undefined);
  }

  async #connect(): Promise<void> {
    const { endpoint, loginBudgetMs: budgetMs, connectTimeoutMs } = this.#options;
    const [first, ...others] = this.#subscriptions;
    if (first === undefined) return;
    const { connection: { replication, handle } } = await endpoint.login({
      connect: (credential, timeoutMs) =>
        this.#options.connect(credential, timeoutMs, first.args, () => this.#lost()),
      classify,
      budgetMs,
      connectTimeoutMs,
      signal: this.#abort.signal,
    });
    if (this.#abort.signal.aborted) return replication.close();
    this.#replication = replication;
    first.handle = handle;
    for (const each of others) {
      try {
        each.handle = await replication.subscribe(...each.args);
      } catch (error) {
        tell(each, error);
      }
    }
  }

  #lost(): void {
    if (this.#replication === undefined) return;
    this.#close();
    const { clock, random } = this.#options;
    void retry(() => this.#reconnect(), {
      clock,
      random,
      backoff: reconnectBackoff,
      signal: this.#abort.signal,
      // A server that accepts and closes must not be dialled in a loop.
      waitFirst: true,
    });
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#ensure();
    } catch (error) {
      for (const each of this.#subscriptions) tell(each, error);
      throw error;
    }
  }
}

function tell({ args: [, , , onerror] }: Subscription, error: unknown): void {
  quietly(() => onerror(error));
}
