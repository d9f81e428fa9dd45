/** PostgreSQL for the rotator's tests. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { bootstrap, type PostgresFactory, postgresTarget } from "../../../adapters/postgres/mod.ts";
import {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "../../servers/postgres/mod.ts";
import type { Address, DatabaseKind, TestDatabase } from "./database.ts";

/** How a login ends: "ok", or the code of the refusal. */
export async function loginCode(at: Address, user: string, password: string): Promise<string> {
  const sql = postgres({ ...quiet, host: at.host, port: at.port, user, password });
  try {
    await sql`select 1`;
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const quiet = { database: "postgres", max: 1, fetch_types: false, onnotice: () => {} };

/** The factory of a user who reads the documentation. */
export const factory = ((login) => postgres({ ...quiet, ...login })) satisfies PostgresFactory;

export const postgresKind: DatabaseKind<PostgresServer> = {
  name: "PostgreSQL",
  knowsItsPrimary: true,
  hasSecondPasswords: false,
  start: () =>
    startPostgresDatabase({ settings: { log_statement: "all", log_min_messages: "debug1" } }),
};

export async function startPostgresDatabase(
  options: PostgresOptions = {},
): Promise<TestDatabase<PostgresServer>> {
  const server = await startPostgres(options);
  // Opened here: a connection that a test opened would count as its leak.
  await server.admin()`select 1`;
  await server.replica?.admin().unsafe("select 1");
  const sql = server.admin();
  const { host, port, superuser } = server;
  return {
    server,
    at: { host, port },
    superuser,
    engine: "postgres",
    target: postgresTarget(factory),
    refusal: "28P01",
    async createApp({ store, secretId }) {
      await bootstrap(factory, { store, secretId });
    },
    async createUser(user, password) {
      await sql.unsafe(`create role ${name(user)} login password ${text(password)}`);
    },
    async setPassword(user, password) {
      await sql.unsafe(`alter role ${name(user)} password ${text(password)}`);
    },
    async makeAdministrator(user) {
      await sql.unsafe(`alter role ${name(user)} superuser`);
    },
    async grantMore(user) {
      await sql.unsafe(`
        create role ${name(`${user}_more`)};
        grant ${name(`${user}_more`)} to ${name(user)} with admin option;
        alter role ${name(user)} createdb connection limit 3;
        alter role ${name(user)} set work_mem = '9MB'`);
    },
    async takeAway(user) {
      const [row] = await sql.unsafe(`
        select roleid::regrole::text as role from pg_auth_members m
        where m.member = ${text(name(user))}::regrole`);
      await sql.unsafe(`
        revoke ${row!["role"]} from ${name(user)}; alter role ${name(user)} reset role`);
    },
    loginCode,
    async verifier(user) {
      const [row] = await sql`select rolpassword from pg_authid where rolname = ${user}`;
      return row?.["rolpassword"];
    },
    rights: (user) => rights(server, user),
    async logged(text) {
      // The log is written by another process: it is complete up to what this sees of its own.
      const marker = `marker-${crypto.randomUUID()}`;
      await sql.unsafe(`select '${marker}'`);
      const lines = await server.log();
      assert.ok(lines.some((line) => line.includes(marker)));
      return lines.filter((line) => line.includes(text)).length;
    },
    async sendInTheClear(value) {
      await sql.unsafe(`create role ${name(value)} login password ${text(value)}`);
    },
    another: () => startPostgresDatabase(),
    restart: () => server.restart(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** What makes two users equal: attributes, memberships, settings. */
export async function rights(server: PostgresServer, user: string): Promise<unknown> {
  const sql = server.admin();
  const [attributes] = await sql`
    select rolcanlogin, rolsuper, rolinherit, rolcreatedb, rolcreaterole, rolreplication,
      rolbypassrls, rolconnlimit, coalesce(rolvaliduntil, 'infinity')::text as until
    from pg_roles where rolname = ${user}`;
  const memberships = await sql`
    select m.roleid::regrole::text as role, bool_or(admin_option) as admin,
      bool_or(inherit_option) as inherit, bool_or(set_option) as set
    from pg_auth_members m join pg_roles r on r.oid = m.member and r.rolname = ${user}
    group by 1 order by 1`;
  const settings = await sql`
    select coalesce(d.datname, '') as database, s.setting from pg_db_role_setting
    left join pg_database d on d.oid = setdatabase
    join pg_roles r on r.oid = setrole and r.rolname = ${user}, unnest(setconfig) as s(setting)
    order by 1, 2`;
  return { attributes, memberships: [...memberships], settings: [...settings] };
}

function name(user: string): string {
  return `"${user.replaceAll('"', '""')}"`;
}

function text(value: string): string {
  return `E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
