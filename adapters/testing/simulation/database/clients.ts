/** Opens connections to simulated servers. */

import { deferred } from "../../../../core/deferred.ts";
import type { Secret } from "../../../../core/secret.ts";
import { LostMessageError, type Network } from "../network.ts";
import type { ProcessClock } from "../process_clock.ts";
import type { Timeline } from "../timeline.ts";
import { SimulatedConnection } from "./connection.ts";
import { SimulatedSocketError } from "./errors.ts";
import type { SimulatedHosts } from "./hosts.ts";
import { Link } from "./link.ts";
import type { SimulatedServer } from "./server.ts";

/** Where and as whom a client logs in. */
export interface ConnectRequest {
  /** A name that {@linkcode SimulatedHosts} knows. */
  readonly host: string;
  /** The port; any when it is missing. */
  readonly port?: number | undefined;
  /** The user. */
  readonly username: string;
  /** Its password. */
  readonly password: Secret;
  /** The database; one that exists when it is missing. */
  readonly database?: string | undefined;
  /** How long the login may take, in milliseconds in which the process runs. */
  readonly timeoutMs: number;
  /**
   * How many statements may be on their way at a time; others wait at the client.
   * @default {100}
   */
  readonly maxPipelined?: number;
}

/** Options of {@linkcode SimulatedClients}. */
export interface ClientsOptions {
  /**
   * After how long a server ends the session of a client that it hears nothing from, in milliseconds.
   * @default {5000}
   */
  readonly deadPeerMs?: number;
  /** Where lost messages are noted, when they are to be. */
  readonly timeline?: Timeline;
}

/** The clients of all processes. */
export class SimulatedClients {
  readonly #network: Network;
  readonly #hosts: SimulatedHosts;
  readonly #deadPeerMs: number;
  readonly #timeline: Timeline | undefined;
  readonly #connections = new Map<SimulatedConnection, ProcessClock>();

  /** Clients reach what `hosts` names, over `network`. */
  constructor(network: Network, hosts: SimulatedHosts, options: ClientsOptions = {}) {
    this.#network = network;
    this.#hosts = hosts;
    this.#deadPeerMs = options.deadPeerMs ?? 5_000;
    this.#timeline = options.timeline;
  }

  /** All connections that are being opened or open, half-open ones included. */
  get connections(): Iterable<SimulatedConnection> {
    return this.#connections.keys();
  }

  /**
   * Logs `process` in.
   * @throws {SimulatedServerError} when the server refused it
   * @throws {SimulatedSocketError} when nobody answered
   * @throws {LostMessageError} when the connection was reset
   */
  connect(process: ProcessClock, request: ConnectRequest): Promise<SimulatedConnection> {
    const { host, port, username, timeoutMs } = request;
    const server = this.#hosts.pick(host, port);
    if (server === undefined) {
      return Promise.reject(new SimulatedSocketError("ENOTFOUND", host));
    }
    const { fate, latencyMs } = this.#network.draw(server.name);
    if (fate !== "answered") this.#timeline?.note(server.name, `login of ${username}: ${fate}`);
    const link = new Link(this.#network.clock, process, latencyMs);
    const connection = this.#begin(process, server, link, request.maxPipelined ?? 100);
    const { promise, resolve, reject } = deferred<SimulatedConnection>();
    const timeout = process.setTimer(timeoutMs, () => {
      connection.hangUp();
      reject(new SimulatedSocketError("CONNECT_TIMEOUT", host));
    });
    const answered = (error: unknown) => {
      // After a timeout nobody listens.
      if (connection.over) return;
      timeout.cancel();
      if (error === undefined) return resolve(connection);
      connection.lost(error);
      reject(error);
    };
    if (fate === "silent") link.silent = true;
    else if (fate === "lost-before") link.lose(() => answered(new LostMessageError(server.name)));
    else {
      link.toServer(() => {
        let error = this.#login(connection, server, request);
        if (fate === "lost-after") {
          error = new LostMessageError(server.name);
          connection.peerDied();
        }
        link.toClient(() => answered(error));
      });
    }
    return promise;
  }

  /**
   * Ends a process as a crash does: its machine closes the connections. A process that is killed in
   * another way leaves its sessions open, as a machine does that has lost its power.
   */
  kill(process: ProcessClock): void {
    process.kill();
    for (const [connection, owner] of [...this.#connections]) {
      if (owner === process) connection.hangUp();
    }
  }

  #begin(
    process: ProcessClock,
    server: SimulatedServer,
    link: Link,
    maxPipelined: number,
  ): SimulatedConnection {
    const connection = new SimulatedConnection({
      network: this.#network,
      link,
      server,
      maxPipelined,
      deadPeerMs: this.#deadPeerMs,
      timeline: this.#timeline,
      forget: (connection) => this.#connections.delete(connection),
    });
    this.#connections.set(connection, process);
    return connection;
  }

  /** Returns why the server refused, if it did. */
  #login(
    connection: SimulatedConnection,
    server: SimulatedServer,
    { username, password, database }: ConnectRequest,
  ): unknown {
    try {
      const login = { username, password: password.reveal(), database };
      connection.opened(server.login(login, connection));
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
