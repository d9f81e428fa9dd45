/** Which servers are behind a name. */

import type { Random } from "../../../../core/random.ts";
import type { SimulatedServer } from "./server.ts";

/** How one of several servers is picked for a connection. */
export type Picking = "round-robin" | "random";

interface Host {
  readonly servers: readonly SimulatedServer[];
  readonly picking: Picking;
  next: number;
}

/** Names and the servers behind them, as a resolver or a proxy has them. */
export class SimulatedHosts {
  readonly #random: Random;
  readonly #hosts = new Map<string, Host>();

  /** Nothing is known yet; `random` picks one of several servers. */
  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * From now on new connections to `host` reach one of `servers`; open ones stay where they are.
   * @param host a name, or `name:port` for what differs by port
   * @param picking `round-robin` when it is left out
   */
  set(host: string, servers: readonly SimulatedServer[], picking: Picking = "round-robin"): void {
    this.#hosts.set(host, { servers, picking, next: 0 });
  }

  /** The server that the next connection reaches; undefined when nobody has this name. */
  pick(host: string, port?: number): SimulatedServer | undefined {
    const found = port === undefined ? undefined : this.#hosts.get(`${host}:${port}`);
    const entry = found ?? this.#hosts.get(host);
    if (entry === undefined || entry.servers.length === 0) return undefined;
    const { servers, picking } = entry;
    if (servers.length === 1) return servers[0];
    if (picking === "round-robin") return servers[entry.next++ % servers.length];
    return servers[Math.floor(this.#random.next() * servers.length)];
  }
}
