/** One MySQL and one MariaDB for a test file, and clients of both kinds on them. */

import type { Connection } from "mysql2";
import mysql from "mysql2/promise";
import { rotatingMysql, type RotatingMysqlOptions } from "../../../adapters/mysql2/mod.ts";
import type { RotatingMysqlPool } from "../../../adapters/mysql2/rotating_mysql.ts";
import type { RekeyEvent } from "../../../core/events.ts";
import { type CredentialProvider, credentialProvider } from "../../../core/provider/provider.ts";
import { type RegisterTest, ServerUnavailableError } from "../../servers/common/unavailable.ts";
import {
  type Flavor,
  type MysqlOptions,
  type MysqlServer,
  mysqlTests,
  startMysql,
} from "../../servers/mysql/mod.ts";
import { StagedSource, type Stages } from "../staged_source.ts";

/** The user of the tests, and its first password. */
export const app = { username: "app", password: "first-password" } as const;

/** How a client of the tests is made. */
export interface ClientOptions {
  /** Options of the rotating client besides the host. */
  readonly options?: Partial<RotatingMysqlOptions>;
  /** Options of the driver. */
  readonly driver?: mysql.PoolOptions;
  /** What the user's factory does with a pool that it has made. */
  readonly made?: (pool: mysql.Pool) => void;
  /** What the secret holds at first. */
  readonly stages?: Stages;
  /** Where to connect, when not to the server itself. */
  readonly at?: { readonly host: string; readonly port: number };
}

/** A rotating client, and what it is made of. */
export interface TestClient extends AsyncDisposable {
  readonly pool: RotatingMysqlPool<mysql.Pool>;
  readonly source: StagedSource;
  readonly credentials: CredentialProvider;
  readonly events: RekeyEvent[];
}

/** One of the two servers of a test file. */
export interface ClientHouse {
  readonly flavor: Flavor;
  readonly server: MysqlServer;
  /** Registers a test. */
  readonly test: RegisterTest;
  /** Registers the same assertions on the bare driver and on the rotating client. */
  onBoth(name: string, body: (pool: mysql.Pool) => Promise<void>, driver?: mysql.PoolOptions): void;
  /** A rotating client; it is ended with the test's scope. */
  client(options?: ClientOptions): TestClient;
  /** A pool of the bare driver, for the same user. */
  raw(options?: mysql.PoolOptions): mysql.Pool;
}

const base = { database: "app" };

/** Both servers: each is started before the first test of the file and ended after the last. */
export async function clientHouses(
  options: Omit<MysqlOptions, "flavor"> = {},
): Promise<ClientHouse[]> {
  return [
    await clientHouse({ ...options, flavor: "mysql" }),
    await clientHouse({
      ...options,
      flavor: "mariadb",
    }),
  ];
}

async function clientHouse(options: MysqlOptions): Promise<ClientHouse> {
  const test = await mysqlTests(options.flavor);
  let running: MysqlServer | undefined;
  Deno.test.beforeAll(async () => {
    running = await startMysql(options).catch((error) => {
      // The tests, if they are run at all, say so.
      if (!(error instanceof ServerUnavailableError)) throw error;
      return undefined;
    });
    // Opened here: a connection that a test opened would count as its leak.
    await running?.admin().query(
      `create database app;
       create user ${app.username} identified by '${app.password}';
       grant all on app.* to ${app.username}`,
    );
  });
  Deno.test.afterAll(async () => {
    await running?.close();
  });
  const house: ClientHouse = {
    flavor: options.flavor,
    test,
    get server() {
      return running!;
    },
    onBoth(name, body, driver = {}) {
      test(`${name} (the driver)`, async () => {
        const pool = house.raw(driver);
        try {
          await body(pool);
        } finally {
          await pool[Symbol.asyncDispose]();
        }
      });
      test(`${name} (rotating)`, async () => {
        const { connectionLimit: max = 4, ...rest } = driver;
        await using client = house.client({ driver: rest, options: { max } });
        await body(client.pool);
      });
    },
    client: (options) => makeClient(running!, options),
    raw: (options) => {
      const { host, port } = running!;
      const login = { host, port, user: app.username, password: app.password };
      return mysql.createPool({ ...base, connectionLimit: 4, maxIdle: 4, ...login, ...options });
    },
  };
  return house;
}

/** A rotating client for `at`, by default one whose secret is right. */
function makeClient(
  server: { readonly host: string; readonly port: number },
  { options, driver, made, stages, at }: ClientOptions = {},
): TestClient {
  const source = new StagedSource(stages ?? { current: { versionId: "v1", ...app } });
  const credentials = credentialProvider(source, { ttlMs: 60_000, refreshAheadMs: 0 });
  const events: RekeyEvent[] = [];
  const { host, port } = at ?? server;
  const factory = (login: mysql.PoolOptions) => {
    const pool = mysql.createPool({ ...base, ...driver, ...login });
    made?.(pool);
    return pool;
  };
  const pool = rotatingMysql(factory, {
    credentials,
    host,
    port,
    max: 4,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    pool,
    source,
    credentials,
    events,
    async [Symbol.asyncDispose]() {
      await pool.end();
      credentials.close();
    },
  };
}

/** The rows of a statement. */
export async function rowsOf(
  answer: Promise<[mysql.QueryResult, unknown]>,
): Promise<mysql.RowDataPacket[]> {
  return (await answer)[0] as mysql.RowDataPacket[];
}

/** The connection inside, for callbacks and streams: the driver's types show its own type here. */
export function innerOf({ connection }: mysql.PoolConnection): Connection {
  return connection as unknown as Connection;
}

/** The number of the session that answers. */
export async function sessionOf(client: mysql.Pool | mysql.PoolConnection): Promise<number> {
  return (await rowsOf(client.query("select connection_id() as id")))[0]!["id"];
}
