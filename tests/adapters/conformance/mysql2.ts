/** mysql2 on MySQL and on MariaDB, for the facts. */

import mysql from "mysql2/promise";
import type { RowDataPacket } from "mysql2/promise";
import { type MysqlFactory, rotatingMysql } from "../../../adapters/mysql2/mod.ts";
import { type Flavor, startMysql } from "../../servers/mysql/mod.ts";
import type {
  Client,
  FactoryFault,
  Login,
  Reserved,
  StartOptions,
  Statements,
  Subject,
  TestServer,
} from "./subject.ts";

const base = { database: "app" };

/** The subject on one of the two servers, on any release of the driver. */
export function mysql2Subject(flavor: Flavor, release: typeof mysql = mysql): Subject {
  return {
    lostCodes: ["PROTOCOL_CONNECTION_LOST", "ECONNRESET", "EPIPE"],
    rejectedCode: "ER_ACCESS_DENIED_ERROR",
    // Whoever has no rights there is not told that there is no such database.
    noDatabaseCode: "ER_DBACCESS_DENIED_ERROR",
    start: (options) => startServer(flavor, options),
    client({ options, driver, fault }) {
      const given = { ...base, ...driver } as mysql.PoolOptions;
      const factory: MysqlFactory<mysql.Pool> = fault === undefined
        ? (login) => release.createPool({ ...given, ...login })
        : (login) => release.createPool({ ...given, ...login, ...faults[fault] });
      return clientOf(
        rotatingMysql(
          fault === "nothing" ? () => undefined as unknown as mysql.Pool : factory,
          options,
        ),
      );
    },
    bare({ username, password }) {
      const pool = release.createPool({ host: "127.0.0.1", port: 1, user: username, password });
      return { value: pool, end: () => pool.end() };
    },
  };
}

const faults: Record<FactoryFault, mysql.PoolOptions> = {
  user: { user: "somebody" },
  password: { password: "static" },
  host: { host: "elsewhere" },
  port: { port: 1 },
  limit: { connectionLimit: 5 },
  nothing: {},
};

function clientOf(pool: ReturnType<typeof rotatingMysql<mysql.Pool>>): Client {
  return {
    ...statementsOf(pool),
    value: pool,
    rotation: pool.rotation,
    async transaction(body) {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        const result = await body(statementsOf(connection));
        await connection.commit();
        return result;
      } catch (error) {
        // What went wrong first says more.
        await connection.rollback().catch(() => {});
        throw error;
      } finally {
        connection.release();
      }
    },
    async reserve(): Promise<Reserved> {
      const connection = await pool.getConnection();
      return {
        ...statementsOf(connection),
        value: connection,
        release: () => connection.release(),
      };
    },
    end: () => pool.end(),
  };
}

function statementsOf(client: mysql.Pool | mysql.PoolConnection): Statements {
  const one = async (text: string) => (await client.query<RowDataPacket[]>(text))[0][0]!["x"];
  return {
    // With a parameter: the driver has the server prepare the statement first.
    async echo(n) {
      const [rows] = await client.execute<RowDataPacket[]>("select ? as x", [n]);
      return Number(rows[0]!["x"]);
    },
    session: () => one("select connection_id() as x"),
    user: () => one("select substring_index(current_user(), '@', 1) as x"),
    countSessions: async () => (await client.query<RowDataPacket[]>("show processlist"))[0].length,
    async encrypted() {
      const [rows] = await client.query<RowDataPacket[]>("show status like 'Ssl_cipher'");
      return rows[0]!["Value"] !== "";
    },
    insert: (table, id) => client.query("insert into ?? values (?)", [table, id]),
    insertPrepared: (table, id) => client.execute(`insert into \`${table}\` values (?)`, [id]),
    sleep: (seconds) => client.query("select sleep(?)", [seconds]),
    fail: () => one("select nope") as Promise<never>,
  };
}

async function startServer(
  flavor: Flavor,
  { names = ["localhost"], durable = false }: StartOptions = {},
): Promise<TestServer> {
  const server = await startMysql({ flavor, tls: { names }, durable });
  const admin = server.admin();
  await admin.query("create database app");
  return {
    host: server.host,
    port: server.port,
    tls: server.tls!,
    async createUser({ username, password }: Login) {
      await admin.query("create user ? identified by ?", [username, password]);
      await admin.query("grant all on app.* to ?", [username]);
    },
    async setPassword({ username, password }) {
      await admin.query("alter user ? identified by ?", [username, password]);
    },
    async limitSessions(username, most = 0) {
      await admin.query("alter user ? with max_user_connections ?", [username, most]);
    },
    async createTable(name) {
      await admin.query("create table ?? (id int)", [`app.${name}`]);
    },
    async ids(table) {
      const [rows] = await admin.query<RowDataPacket[]>(
        "select id from ?? order by id",
        [`app.${table}`],
      );
      return rows.map(({ id }) => id);
    },
    async sessions(user) {
      const sessions = await server.sessions({ user });
      return sessions.map(({ id, state }) => ({ id, running: state === "active" }));
    },
    kill: async (user) => void await server.terminateSessions({ user }),
    async lock(table) {
      const { host, port, superuser } = server;
      const ssl = { ca: server.tls!.ca, verifyIdentity: false };
      const owner = await mysql.createConnection({ ...base, host, port, ...superuser, ssl });
      await owner.query("lock tables ?? write", [table]);
      return {
        async [Symbol.asyncDispose]() {
          await owner.query("unlock tables");
          await owner.end();
        },
      };
    },
    failedLogins: async (username) =>
      (await server.failedLogins()).filter(({ user }) => user === username).length,
    crash: () => server.kill(),
    comeBack: () => server.restart(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
