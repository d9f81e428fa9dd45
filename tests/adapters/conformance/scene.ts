/** What a fact is checked on: a server, a user of its own, and clients for him. */

import type { ClientOptions } from "../../../core/client/options.ts";
import type { RekeyEvent } from "../../../core/events.ts";
import { type CredentialProvider, credentialProvider } from "../../../core/provider/provider.ts";
import { type StagedLogin, StagedSource, type Stages } from "../staged_source.ts";
import { until } from "../outcome.ts";
import type {
  Address,
  Client,
  DriverOptions,
  FactoryFault,
  Login,
  Subject,
  TestServer,
} from "./subject.ts";

/** How a client of a fact is made. */
export interface SceneClientOptions {
  readonly options?: Partial<ClientOptions>;
  readonly driver?: DriverOptions;
  readonly fault?: FactoryFault;
  /** What the secret holds; by default, what the server accepts. */
  readonly stages?: Stages;
  /** Where to connect, when not to the server itself; `"secret"`: where the secret says. */
  readonly at?: Address | "secret";
}

/** A client, and what it is made of. */
export interface SceneClient extends AsyncDisposable {
  readonly client: Client;
  readonly source: StagedSource;
  readonly credentials: CredentialProvider;
  readonly events: readonly RekeyEvent[];
  /** Has the store name this version as the current one, and tells the client. */
  push(login: StagedLogin): Promise<void>;
  /** Waits until no login is under way. */
  quiet(): Promise<void>;
  /** Kills the client's sessions, and waits until it has noticed. */
  kill(): Promise<void>;
  /** Waits until an event of this type was seen, so many times. */
  seen(type: RekeyEvent["type"], times?: number): Promise<void>;
}

/** One fact's scene. */
export class Scene {
  readonly subject: Subject;
  readonly server: TestServer;
  /** The name of the user, which no other fact uses. */
  readonly username: string;

  constructor(subject: Subject, server: TestServer, username: string) {
    this.subject = subject;
    this.server = server;
    this.username = username;
  }

  /** A version of the user's credential; only its password need be right. */
  version(versionId: string, username = this.username): StagedLogin {
    return { versionId, username, password: passwordOf(versionId, username) };
  }

  /** What the server accepts at first. */
  get first(): StagedLogin {
    return this.version("v1");
  }

  /** Has the server accept this version of its user, and no other. */
  accept({ username, password }: Login): Promise<void> {
    return this.server.setPassword({ username, password });
  }

  /** Another user, with the right password of `versionId`. */
  async createTwin(versionId: string): Promise<StagedLogin> {
    const login = this.version(versionId, `${this.username}_twin`);
    await this.server.createUser(login);
    return login;
  }

  /** A table that no other fact uses. */
  async table(): Promise<string> {
    const name = `t_${this.username}`;
    await this.server.createTable(name);
    return name;
  }

  /** A rotating client; it is ended with the fact's scope. */
  client(
    { options, driver, fault, stages = { current: this.first }, at = this.server }:
      SceneClientOptions = {},
  ): SceneClient {
    const { server, username } = this;
    const source = new StagedSource(stages);
    const credentials = credentialProvider(source, { ttlMs: 60_000, refreshAheadMs: 0 });
    const events: RekeyEvent[] = [];
    const client = this.subject.client({
      options: {
        credentials,
        ...at !== "secret" && { host: at.host, port: at.port },
        max: 4,
        onEvent: (event) => events.push(event),
        ...options,
      },
      ...driver && { driver },
      ...fault && { fault },
    });
    const count = (type: RekeyEvent["type"]) =>
      events.filter((event) => event.type === type).length;
    return {
      client,
      source,
      credentials,
      events,
      async push(login) {
        source.stages = { current: login, previous: source.stages.current! };
        await credentials.refresh("the test");
      },
      quiet: () => until(() => client.rotation.stats().pool.opening === 0, "all logins are over"),
      async kill() {
        await this.quiet();
        await server.kill(username);
        await until(() => client.rotation.stats().pool.total === 0, "the client has noticed");
      },
      seen: (type, times = 1) => until(() => count(type) >= times, type),
      async [Symbol.asyncDispose]() {
        await client.end();
        credentials.close();
      },
    };
  }

  /** Waits until the user has so many sessions. */
  async sessions(count: number, username = this.username): Promise<void> {
    await until(
      async () => (await this.server.sessions(username)).length === count,
      `${username} has ${count} sessions`,
    );
  }

  /** Waits until so many statements of the user are being executed. */
  async running(count = 1): Promise<void> {
    await until(
      async () =>
        (await this.server.sessions(this.username)).filter(({ running }) => running).length >=
          count,
      `${count} statements are being executed`,
    );
  }

  /** How many logins of the user the server has refused, once it has written that down. */
  async failedLogins(atLeast: number): Promise<number> {
    const count = () => this.server.failedLogins(this.username);
    await until(async () => await count() >= atLeast, `${atLeast} failed logins`);
    return await count();
  }
}

/** Something that is true of every adapter. */
export interface Fact {
  /** A sentence. */
  readonly name: string;
  readonly check: (scene: Scene) => Promise<void>;
}

/** Passwords that change in every way of writing them down. */
function passwordOf(versionId: string, username: string): string {
  return `it's "${versionId}" \\ /+?%&= of ${username}`;
}
