/** A whole process in a test: store, provider, endpoint, pool and server, on one clock. */

import { delay } from "../../core/clock.ts";
import { Endpoint } from "../../core/endpoint/endpoint.ts";
import type { RekeyEvent } from "../../core/events.ts";
import { type PoolOptions, resolvePoolOptions } from "../../core/pool/options.ts";
import { type PoolDriver, RotatingPool } from "../../core/pool/rotating_pool.ts";
import type { Slot } from "../../core/pool/slot.ts";
import type { Waiter } from "../../core/pool/waiter.ts";
import type { ProviderOptions } from "../../core/provider/options.ts";
import { type CredentialProvider, credentialProvider } from "../../core/provider/provider.ts";
import { type FakeConnection, FakeServer } from "../support/fake_server.ts";
import { FakeSource } from "../support/fake_source.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { SeededRandom } from "../../adapters/testing/seeded_random.ts";

export const ttlMs = 30_000;
export const budgetMs = 10_000;
const connectTimeoutMs = 2_000;
/** So many statements may share a connection. */
const depth = 3;

/** A pool at a fake server, and the statements on it. */
export class FakeClient implements PoolDriver<FakeConnection> {
  readonly pool: RotatingPool<FakeConnection>;
  readonly endpoint: Endpoint;
  readonly server: FakeServer;
  readonly events: RekeyEvent[] = [];
  /** Statements that did not end yet. */
  unsettled = 0;
  /** How long a connection takes to close. */
  closeMs = 3;
  onAttach: (slot: Slot<FakeConnection>) => void = () => {};
  readonly #world: World;
  readonly #running = new Map<FakeConnection, Set<() => void>>();

  constructor(world: World, server: FakeServer, endpoint: Endpoint, options: PoolOptions) {
    this.#world = world;
    this.server = server;
    this.endpoint = endpoint;
    const { clock, random } = world;
    const onEvent = (event: RekeyEvent) => void this.events.push(event);
    const settings = { name: "db", clock, random, onEvent, ...resolvePoolOptions(options) };
    const budget = { loginBudgetMs: budgetMs, connectTimeoutMs };
    this.pool = new RotatingPool({ endpoint, driver: this, settings, ...budget });
  }

  connect: PoolDriver<FakeConnection>["connect"] = (credential, timeoutMs) =>
    this.server.connect(credential, timeoutMs);

  classify: PoolDriver<FakeConnection>["classify"] = (error) => this.server.classify(error);

  attach(slot: Slot<FakeConnection>): void {
    const { connection } = slot;
    connection.onEnd = () => {
      for (const kill of this.#running.get(connection) ?? []) kill();
      this.#running.delete(connection);
      this.pool.closed(slot);
    };
    this.onAttach(slot);
    if (!connection.open) this.pool.closed(slot);
  }

  async ping(connection: FakeConnection): Promise<void> {
    await delay(this.#world.clock, 1);
    if (!connection.open) throw new Error("lost");
  }

  close(connection: FakeConnection): void {
    void delay(this.#world.clock, this.closeMs).then(connection.close);
  }

  /** Runs a statement. Resolves with the version of its connection. */
  statement(durationMs = 10, kind: Waiter<FakeConnection>["kind"] = "share"): Promise<string> {
    this.unsettled++;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.pool.dispatch({
      kind,
      serve: (slot) => {
        if (slot.state === "gone" || slot.state === "closing" || !slot.connection.open) {
          throw new Error("served with a connection that is gone");
        }
        return this.#run(slot, durationMs, kind, resolve, reject);
      },
      fail: reject,
    });
    const settled = () => void this.unsettled--;
    promise.then(settled, settled);
    return promise;
  }

  #run(
    slot: Slot<FakeConnection>,
    durationMs: number,
    kind: Waiter<FakeConnection>["kind"],
    resolve: (versionId: string) => void,
    reject: (error: unknown) => void,
  ): boolean {
    const { connection } = slot;
    const running = this.#running.get(connection) ?? new Set();
    this.#running.set(connection, running);
    const kill = () => {
      timer.cancel();
      reject(Object.assign(new Error("the session was killed"), { code: "57P01" }));
    };
    running.add(kill);
    const timer = this.#world.clock.setTimer(durationMs, () => {
      running.delete(kill);
      resolve(connection.versionId);
      if (kind === "own") this.pool.release(slot);
      else if (running.size === 0) this.pool.settled(slot);
    });
    return running.size < depth;
  }
}

/** One process, one secret, a primary and, if wanted, a replica. */
export class World {
  readonly clock = new ManualClock();
  readonly random: SeededRandom;
  readonly source: FakeSource;
  readonly provider: CredentialProvider;
  readonly primary: FakeServer;
  readonly events: RekeyEvent[] = [];
  readonly clients: FakeClient[] = [];

  constructor(seed = 1, options: ProviderOptions = {}) {
    const { clock } = this;
    this.random = new SeededRandom(seed);
    this.source = new FakeSource(clock);
    this.primary = new FakeServer(clock, { app: "password-of-v1" });
    this.provider = credentialProvider(this.source, {
      ttlMs,
      clock,
      random: this.random,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  /** A replica that applies the primary's changes so much later. */
  replica(lagMs: number): FakeServer {
    const replica = new FakeServer(this.clock);
    replica.lagMs = lagMs;
    this.primary.followedBy(replica);
    return replica;
  }

  /** A pool at `server`. */
  client(server = this.primary, options: PoolOptions = {}): FakeClient {
    const { provider, clock, random } = this;
    const endpoint = new Endpoint({ name: "db:5432", provider, clock, random });
    const client = new FakeClient(this, server, endpoint, { max: 3, ...options });
    this.clients.push(client);
    return client;
  }

  /** Ends everything; afterwards no timer is left. */
  async end(): Promise<void> {
    await this.clock.until(
      Promise.all(this.clients.map(({ pool }) => pool.end(5_000))),
      60_000,
    );
    this.provider.close();
    await this.clock.advance(60_000);
  }
}
