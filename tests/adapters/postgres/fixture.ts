/** One PostgreSQL for a test file, and clients of both kinds on it. */

import net from "node:net";
import postgres from "postgres";
import { rotatingPostgres, type RotatingPostgresOptions } from "../../../adapters/postgres/mod.ts";
import type { RotatingSql } from "../../../adapters/postgres/rotating_postgres.ts";
import type { RekeyEvent } from "../../../core/events.ts";
import { type CredentialProvider, credentialProvider } from "../../../core/provider/provider.ts";
import {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "../../servers/postgres/mod.ts";
import { StagedSource, type Stages } from "../staged_source.ts";

/** Options of the driver that a test may give. */
export type DriverOptions = postgres.Options<Record<string, postgres.PostgresType>>;

/** The user of the tests, and its first password. */
export const app = { username: "app", password: "first-password" } as const;

/** How a client of the tests is made. */
export interface ClientOptions {
  /** Options of the rotating client besides the host. */
  readonly options?: Partial<RotatingPostgresOptions>;
  /** Options of the driver. */
  readonly driver?: DriverOptions;
  /** What the secret holds at first. */
  readonly stages?: Stages;
  /** Where to connect, when not to the server itself. */
  readonly at?: { readonly host: string; readonly port: number };
}

/** A rotating client, and what it is made of. */
export interface TestClient extends AsyncDisposable {
  readonly sql: RotatingSql<postgres.Sql>;
  readonly source: StagedSource;
  readonly credentials: CredentialProvider;
  readonly events: RekeyEvent[];
}

/** A client of the bare driver. */
export interface BareClient extends AsyncDisposable {
  readonly sql: postgres.Sql;
}

/** The server of a test file. */
export interface ClientHouse {
  readonly server: PostgresServer;
  /** A rotating client; it is ended with the test's scope. */
  client(options?: ClientOptions): TestClient;
  /** A client of the bare driver, for the same user; it is ended with the test's scope. */
  raw(options?: DriverOptions): BareClient;
}

const quiet = { database: "postgres", onnotice: () => {} };

/** Starts the server before the first test of the file and ends it after the last. */
export function clientHouse(options: PostgresOptions = {}): ClientHouse {
  let running: PostgresServer | undefined;
  Deno.test.beforeAll(async () => {
    running = await startPostgres(options);
    // Opened here: a connection that a test opened would count as its leak.
    await running.admin().unsafe(`
      create role ${app.username} login password '${app.password}';
      grant create on schema public to ${app.username}`);
    await running.replica?.admin().unsafe("select 1");
  });
  Deno.test.afterAll(async () => {
    await running?.close();
  });
  return {
    get server() {
      return running!;
    },
    client: (options) => makeClient(running!, options),
    raw: (options) => {
      const { host, port } = running!;
      const sockets = new Sockets();
      const login = { host, port, user: app.username, ...app, ...sockets.option };
      const sql = postgres({ ...quiet, ...login, ...options });
      return {
        sql,
        async [Symbol.asyncDispose]() {
          await sql.end({ timeout: 5 });
          await sockets.closed();
        },
      };
    },
  };
}

/** A rotating client for `at`, by default one whose secret is right. */
export function makeClient(
  server: { readonly host: string; readonly port: number },
  { options, driver, stages, at }: ClientOptions = {},
): TestClient {
  const source = new StagedSource(stages ?? { current: { versionId: "v1", ...app } });
  const credentials = credentialProvider(source, { ttlMs: 60_000, refreshAheadMs: 0 });
  const events: RekeyEvent[] = [];
  const { host, port } = at ?? server;
  const sql = rotatingPostgres((login) => postgres({ ...quiet, ...driver, ...login }), {
    credentials,
    host,
    port,
    max: 4,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    sql,
    source,
    credentials,
    events,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 5 });
      credentials.close();
    },
  };
}

/**
 * The sockets of a bare driver, whose end() may resolve before they are closed: a timer for each of
 * them runs until then.
 */
class Sockets {
  readonly #closed: Promise<void>[] = [];
  /** The driver's types leave this option out. */
  readonly option = {
    socket: ({ host, port }: { host: string[]; port: number[] }) => {
      const socket = net.connect(port[0]!, host[0]!);
      this.#closed.push(new Promise((resolve) => socket.once("close", () => resolve())));
      return new Promise((resolve, reject) => {
        socket.once("connect", () => resolve(socket));
        socket.once("error", reject);
      });
    },
  };

  async closed(): Promise<void> {
    await Promise.all(this.#closed);
  }
}

/** A test of the driver's surface: the same assertions on the bare driver and on the rotating one. */
export function onBoth(
  house: ClientHouse,
  name: string,
  body: (sql: postgres.Sql) => Promise<void>,
  driver: DriverOptions = {},
): void {
  Deno.test(`${name} (the driver)`, async () => {
    await using client = house.raw({ max: 4, ...driver });
    await body(client.sql);
  });
  Deno.test(`${name} (rotating)`, async () => {
    const { max, ...rest } = driver;
    await using client = house.client({ driver: rest, options: { max: max ?? 4 } });
    await body(client.sql);
  });
}
