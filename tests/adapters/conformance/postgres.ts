/** postgres.js on PostgreSQL, for the facts. */

import postgres from "postgres";
import { quoteIdentifier } from "../../../adapters/postgres/identifier.ts";
import { type PostgresFactory, rotatingPostgres } from "../../../adapters/postgres/mod.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";
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

const quiet = { database: "postgres", onnotice: () => {} };

/** The subject, on any release of the driver. */
export function postgresSubject(release: typeof postgres = postgres): Subject {
  return {
    // The server's last word reaches the statement in releases before 3.4.9.
    lostCodes: ["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "ECONNRESET", "EPIPE", "57P01"],
    rejectedCode: "28P01",
    noDatabaseCode: "3D000",
    start: startServer,
    client({ options, driver, fault }) {
      const given = { ...quiet, ...driver } as postgres.Options<Record<never, never>>;
      const factory: PostgresFactory<postgres.Sql> = fault === undefined
        ? (login) => release({ ...given, ...login })
        : (login) => release({ ...given, ...login, ...faults[fault] });
      return clientOf(
        rotatingPostgres(
          fault === "nothing" ? () => undefined as unknown as postgres.Sql : factory,
          options,
        ),
      );
    },
    bare({ username, password }) {
      const sql = release({ ...quiet, host: "127.0.0.1", port: 1, user: username, password });
      return { value: sql, end: () => sql.end() };
    },
  };
}

const faults: Record<FactoryFault, postgres.Options<Record<never, never>>> = {
  user: { user: "somebody" },
  password: { password: "static" },
  host: { host: "elsewhere" },
  port: { port: 1 },
  limit: { max: 5 },
  nothing: {},
};

function clientOf(sql: ReturnType<typeof rotatingPostgres<postgres.Sql>>): Client {
  return {
    ...statementsOf(sql),
    value: sql,
    rotation: sql.rotation,
    transaction: async <T>(body: (statements: Statements) => Promise<T>) =>
      await sql.begin((sql) => body(statementsOf(sql))) as T,
    async reserve(): Promise<Reserved> {
      const reserved = await sql.reserve();
      return {
        ...statementsOf(reserved),
        value: reserved,
        release: () => reserved.release(),
      };
    },
    end: () => sql.end(),
  };
}

function statementsOf(sql: postgres.ISql): Statements {
  const one = async (text: string) => (await sql.unsafe(text))[0]!["x"];
  return {
    // With a parameter: the driver has the server describe the statement first.
    echo: async (n) => (await sql`select ${n}::int as x`)[0]!["x"],
    session: () => one("select pg_backend_pid() as x"),
    user: () => one("select current_user as x"),
    countSessions: () =>
      one("select count(*)::int as x from pg_stat_activity where usename = current_user"),
    encrypted: () => one("select ssl as x from pg_stat_ssl where pid = pg_backend_pid()"),
    // Awaited here: the driver sends nothing before.
    insert: async (table, id) =>
      await sql.unsafe(`insert into ${quoteIdentifier(table)} values (${id})`),
    insertPrepared: async (table, id) => await sql`insert into ${sql(table)} values (${id})`,
    sleep: async (seconds) => await sql.unsafe(`select pg_sleep(${seconds})`),
    fail: () => one("select nope") as Promise<never>,
  };
}

async function startServer(
  { names = ["localhost"], durable = false }: StartOptions = {},
): Promise<TestServer> {
  const server = await startPostgres({ tls: { names }, durable });
  const admin = server.admin();
  const alter = ({ username, password }: Login, verb: string) =>
    admin.unsafe(
      `${verb} role ${quoteIdentifier(username)} login password '${
        password.replaceAll("'", "''")
      }'`,
    );
  return {
    host: server.host,
    port: server.port,
    tls: server.tls!,
    createUser: async (login) => void await alter(login, "create"),
    setPassword: async (login) => void await alter(login, "alter"),
    async limitSessions(username, most = -1) {
      await admin.unsafe(`alter role ${quoteIdentifier(username)} connection limit ${most}`);
    },
    async createTable(name) {
      const table = quoteIdentifier(name);
      await admin.unsafe(`create table ${table} (id int); grant all on ${table} to public`);
    },
    async ids(table) {
      const rows = await admin.unsafe(`select id from ${quoteIdentifier(table)} order by id`);
      return rows.map(({ id }) => id);
    },
    async sessions(user) {
      const sessions = await server.sessions({ user });
      return sessions.map(({ pid, state }) => ({ id: pid, running: state === "active" }));
    },
    kill: async (user) => void await server.terminateSessions({ user }),
    async lock(table) {
      const { host, port, superuser } = server;
      const owner = postgres({ ...quiet, host, port, ...superuser, ssl: "require", max: 1 });
      const lock = await owner.reserve();
      await lock.unsafe(`begin; lock table ${quoteIdentifier(table)}`);
      return {
        async [Symbol.asyncDispose]() {
          await lock.unsafe("rollback");
          lock.release();
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
