/** A whole simulated world: a store, a primary, replicas, a network, processes and a rotator. */

import { Secret } from "../../../core/secret.ts";
import type { RotationStrategy } from "../../../core/rotation/strategy.ts";
import { ManualClock } from "../manual_clock.ts";
import { SeededRandom } from "../seeded_random.ts";
import { type ProcessOptions, SimulatedProcess } from "./app/process.ts";
import { type RotatorOptions, SimulatedRotator } from "./app/rotator.ts";
import {
  type ServerOptions,
  SimulatedClients,
  SimulatedHosts,
  SimulatedReplica,
  SimulatedServer,
} from "./database/mod.ts";
import { Network } from "./network.ts";
import { SimulatedStore } from "./store/mod.ts";
import { Timeline } from "./timeline.ts";

/** The app's secret. */
export const appSecretId = "app-db";
/** The secret of the administrator, who makes users. */
export const adminSecretId = "admin-db";

/** How a world begins. */
export interface WorldOptions {
  /** A whole number: the same one gives the same world. */
  readonly seed: number;
  /**
   * What every password in this world begins with, so that leaks can be searched for.
   * @default {"pw~"}
   */
  readonly marker?: string;
  /** How the primary is set up. */
  readonly server?: ServerOptions;
}

/**
 * A world in which nothing happens by itself but what follows from what was done before. The app's
 * secret is `app-db`, its first version `v1`, its first user `app`, its server `primary`.
 */
export class SimulatedWorld {
  /** The world's time: it passes only when a test says so. */
  readonly clock: ManualClock = new ManualClock();
  /** Where the chance of all parts is forked from. */
  readonly random: SeededRandom;
  /** What happened so far. */
  readonly timeline: Timeline;
  /** Carries the messages; its weather may be changed at any time. */
  readonly network: Network;
  /** The secret store. */
  readonly store: SimulatedStore;
  /** Which servers are behind a name. */
  readonly hosts: SimulatedHosts;
  /** Opens connections to the servers. */
  readonly clients: SimulatedClients;
  /** The server that takes writes. */
  readonly primary: SimulatedServer;
  /** Every process that was made, oldest first. */
  readonly processes: SimulatedProcess[] = [];
  #forks = 100;

  /**
   * Nothing runs in it yet.
   * @throws {RangeError} when the marker has more than 16 characters
   */
  constructor({ seed, marker = "pw~", server }: WorldOptions) {
    const { clock } = this;
    this.random = new SeededRandom(seed);
    this.timeline = new Timeline(clock);
    const { timeline } = this;
    this.network = new Network(clock, this.random.fork(1));
    this.hosts = new SimulatedHosts(this.random.fork(2));
    this.clients = new SimulatedClients(this.network, this.hosts, { timeline });
    this.store = new SimulatedStore({
      network: this.network,
      timeline,
      random: this.random.fork(3),
      marker,
    });
    this.primary = new SimulatedServer("primary", { clock, timeline }, server);
    this.hosts.set("primary", [this.primary]);
    for (const [secretId, username] of [[appSecretId, "app"], [adminSecretId, "admin"]] as const) {
      const password = this.store.newPassword();
      this.store.createSecret(secretId, "v1", secretOf(username, password));
      this.primary.setUser(username, {
        passwords: [password.reveal()],
        admin: username === "admin",
      });
    }
  }

  /**
   * A replica of the primary; its name is its host, too.
   * @param lagMs how long after the primary it applies a change, in milliseconds
   */
  replica(name: string, lagMs: number): SimulatedReplica {
    const replica = new SimulatedReplica(name, this.primary, { lagMs, timeline: this.timeline });
    this.hosts.set(name, [replica]);
    return replica;
  }

  /** A process of the app. */
  process(
    name: string,
    options:
      & Pick<ProcessOptions, "provider" | "onEvent" | "onLogin" | "onSearch" | "onStandstill">
      & {
        /** Whether its reads end when they are aborted, as the AWS SDK's do. */
        readonly heedsSignal?: boolean;
      } = {},
  ): SimulatedProcess {
    const { clock: world, store, clients, timeline } = this;
    const { heedsSignal = true } = options;
    const process = new SimulatedProcess({
      ...options,
      name,
      world,
      random: this.random.fork(this.#forks++),
      source: (clock) => store.sourceFor(clock, name, appSecretId, { heedsSignal }),
      connect: (clock, host, { username, password }, timeoutMs) =>
        clients.connect(clock, { host, username, password, timeoutMs }),
      onEvent: (event) => {
        timeline.note(name, inWords(event));
        options.onEvent?.(event);
      },
    });
    this.processes.push(process);
    return process;
  }

  /** The rotation function. */
  rotator(
    strategy: RotationStrategy,
    options: Pick<RotatorOptions, "replicas" | "replicaTimeoutMs" | "timeoutMs" | "target"> = {},
  ): SimulatedRotator {
    const { clock: world, store, clients, timeline } = this;
    return new SimulatedRotator({
      ...options,
      world,
      timeline,
      store,
      clients,
      strategy,
      adminSecretId,
      secretId: appSecretId,
      random: this.random.fork(this.#forks++),
    });
  }
}

/** A secret's text, as RDS secrets have it. */
export function secretOf(username: string, password: Secret): Secret {
  return new Secret(
    JSON.stringify({ engine: "postgres", host: "primary", username, password: password.reveal() }),
  );
}

function inWords({ type, ...about }: { readonly type: string }): string {
  const words = Object.entries(about).map(([name, value]) =>
    `${name} ${typeof value === "number" ? Math.round(value * 1_000) / 1_000 : value}`
  );
  return [`${type}:`, words.join(", ")].join(" ");
}
