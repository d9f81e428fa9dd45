/** One process of the app: a provider, and a pool at every server it uses. */

import type { Credential } from "../../../../core/credential.ts";
import { Endpoint, type EndpointOptions } from "../../../../core/endpoint/endpoint.ts";
import type { Login, LoginRequest } from "../../../../core/endpoint/login.ts";
import type { RekeyEvent } from "../../../../core/events.ts";
import { type PoolOptions, resolvePoolOptions } from "../../../../core/pool/options.ts";
import type { ProviderOptions } from "../../../../core/provider/options.ts";
import { type CredentialProvider, credentialProvider } from "../../../../core/provider/provider.ts";
import type { SecretSource } from "../../../../core/source.ts";
import type { SimulatedConnection } from "../database/mod.ts";
import { ProcessClock } from "../process_clock.ts";
import type { SeededRandom } from "../../seeded_random.ts";
import type { ManualClock } from "../../manual_clock.ts";
import { SimulatedClient } from "./client.ts";

/** What a process is made of. */
export interface ProcessOptions {
  /** Its name in the timeline. */
  readonly name: string;
  /** The world's time. */
  readonly world: ManualClock;
  /** Where its jitter is drawn from. */
  readonly random: SeededRandom;
  /** Makes the source that this process reads. */
  readonly source: (process: ProcessClock) => SecretSource;
  /** Opens a connection of this process. */
  readonly connect: (
    process: ProcessClock,
    host: string,
    credential: Credential,
    timeoutMs: number,
  ) => Promise<SimulatedConnection>;
  /** Options of its provider; clock, chance and observer are the process's. */
  readonly provider?: ProviderOptions;
  /** Hears of the events of the provider and of every pool. */
  readonly onEvent?: (event: RekeyEvent) => void;
  /** Hears how every login ended. */
  readonly onLogin?: (login: SimulatedLogin) => void;
  /** Hears of it when the process goes round in a circle without waiting for anything. */
  readonly onStandstill?: () => void;
  /** Hears of the end of every search for a candidate, whether it found one or not. */
  readonly onSearch?: (search: SimulatedSearch) => void;
}

/** A search for a candidate that ended: waiting for one's turn, and all its logins. */
export interface SimulatedSearch {
  /** Where. */
  readonly host: string;
  /** When it began, on the process's monotonic clock. */
  readonly begunMs: number;
}

/** A login that ended. */
export interface SimulatedLogin {
  /** Where. */
  readonly host: string;
  /** With what. */
  readonly credential: Credential;
  /** When it began, on the process's monotonic clock. */
  readonly begunMs: number;
  /** Why it failed, if it did. */
  readonly error: unknown;
}

/** Options of one pool. */
export interface SimulatedPoolOptions extends PoolOptions {
  /**
   * For how long a statement waits while candidates are searched, in milliseconds.
   * @default {10000}
   */
  readonly loginBudgetMs?: number;
  /**
   * For how long one connect may take, in milliseconds.
   * @default {2000}
   */
  readonly connectTimeoutMs?: number;
}

/** A process. */
export class SimulatedProcess {
  /** Its name in the timeline. */
  readonly name: string;
  /** Its view of time; freezes, jumps, ends with it. */
  readonly clock: ProcessClock;
  /** Where its credentials come from. */
  readonly provider: CredentialProvider;
  /** Its clients, by host. */
  readonly clients: Map<string, SimulatedClient> = new Map();
  readonly #options: ProcessOptions;
  readonly #onEvent: (event: RekeyEvent) => void;

  /** Makes its provider, and no client yet. */
  constructor(options: ProcessOptions) {
    const { name, world, random, source } = options;
    this.#options = options;
    this.#onEvent = options.onEvent ?? (() => {});
    this.name = name;
    this.clock = new ProcessClock(world, options.onStandstill);
    this.provider = credentialProvider(source(this.clock), {
      ...options.provider,
      clock: this.clock,
      random,
      onEvent: this.#onEvent,
    });
  }

  /** A pool at `host`. */
  client(host: string, options: SimulatedPoolOptions = {}): SimulatedClient {
    const { random } = this.#options;
    const { clock, provider } = this;
    const onEvent = this.#onEvent;
    const endpoint = new ObservedEndpoint(
      { name: host, provider, clock, random },
      (begunMs) => this.#options.onSearch?.({ host, begunMs }),
    );
    const client = new SimulatedClient({
      clock,
      endpoint,
      settings: { name: host, clock, random, onEvent, ...resolvePoolOptions(options) },
      loginBudgetMs: options.loginBudgetMs ?? 10_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 2_000,
      connect: (credential, timeoutMs) => this.#connect(host, credential, timeoutMs),
    });
    this.clients.set(host, client);
    return client;
  }

  /** Ends everything in good order, after at most `timeoutMs`. */
  async end(timeoutMs: number): Promise<void> {
    await Promise.all([...this.clients.values()].map(({ pool }) => pool.end(timeoutMs)));
    this.provider.close();
  }

  async #connect(
    host: string,
    credential: Credential,
    timeoutMs: number,
  ): Promise<SimulatedConnection> {
    const { connect, onLogin } = this.#options;
    const begunMs = this.clock.monotonicMs();
    try {
      const connection = await connect(this.clock, host, credential, timeoutMs);
      onLogin?.({ host, credential, begunMs, error: undefined });
      return connection;
    } catch (error) {
      onLogin?.({ host, credential, begunMs, error });
      throw error;
    }
  }
}

class ObservedEndpoint extends Endpoint {
  readonly #nowMs: () => number;
  readonly #ended: (begunMs: number) => void;

  constructor(options: EndpointOptions, ended: (begunMs: number) => void) {
    super(options);
    this.#nowMs = () => options.clock.monotonicMs();
    this.#ended = ended;
  }

  override async login<C>(request: LoginRequest<C>): Promise<Login<C>> {
    const begunMs = this.#nowMs();
    try {
      return await super.login(request);
    } finally {
      this.#ended(begunMs);
    }
  }
}
