/** A small world around simulated servers. */

import { Secret } from "../../core/secret.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { SeededRandom } from "../../adapters/testing/seeded_random.ts";
import {
  classify,
  type ConnectRequest,
  SimulatedClients,
  type SimulatedConnection,
  SimulatedHosts,
  SimulatedServer,
} from "../../adapters/testing/simulation/database/mod.ts";
import type { ServerOptions } from "../../adapters/testing/simulation/database/mod.ts";
import { type Fate, Network } from "../../adapters/testing/simulation/network.ts";
import { ProcessClock } from "../../adapters/testing/simulation/process_clock.ts";
import { Timeline } from "../../adapters/testing/simulation/timeline.ts";

/** Every message takes 10 ms; a server notices a dead client after a second. */
export class DatabaseWorld {
  readonly clock = new ManualClock();
  readonly timeline = new Timeline(this.clock);
  readonly network = new Network(this.clock, new SeededRandom(7));
  readonly hosts = new SimulatedHosts(new SeededRandom(8));
  readonly clients = new SimulatedClients(this.network, this.hosts, {
    deadPeerMs: 1_000,
    timeline: this.timeline,
  });
  readonly process = new ProcessClock(this.clock);

  /** A server that is a host of its name, with the user `app`, whose password is `right`. */
  server(name = "db", options: ServerOptions = {}): SimulatedServer {
    const server = new SimulatedServer(name, this, options);
    server.setUser("app", { passwords: ["right"] });
    this.hosts.set(name, [server]);
    this.fate("answered", name);
    return server;
  }

  /** What becomes of messages to a server from now on. */
  fate(fate: Fate, name = "db"): void {
    const losses = fate === "answered" ? [] : [fate];
    this.network.weather.set(name, { latencyMs: [10, 10], lossRate: 1, losses });
  }

  /** Logs in; time passes only when somebody lets it. */
  connect(request: Partial<ConnectRequest> = {}): Promise<SimulatedConnection> {
    const login = { host: "db", username: "app", password: new Secret("right"), timeoutMs: 500 };
    return this.clients.connect(this.process, { ...login, ...request });
  }

  /** Logs in and waits for it. */
  connected(request: Partial<ConnectRequest> = {}): Promise<SimulatedConnection> {
    return this.clock.until(this.connect(request));
  }

  /** Logs in: `accepted`, or the code. */
  async outcome(request: Partial<ConnectRequest> = {}): Promise<string> {
    const outcome = this.connect(request).then(() => "accepted", (error) => classify(error).code);
    return await this.clock.until(outcome);
  }
}

/** A password. */
export function password(value: string): { readonly password: Secret } {
  return { password: new Secret(value) };
}
