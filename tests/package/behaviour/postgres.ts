/** postgres.js on PostgreSQL, through the package. */

import postgres from "postgres";
import { postgresTarget, rotatingPostgres } from "@rekey/orm/postgres";
import type { Client, Database } from "./database.ts";
import { rotatingClientTests } from "./rotating_client.ts";
import { rotatorTests } from "./rotator.ts";
import { type Login, surroundings } from "./surroundings.ts";

const options = { database: "postgres", onnotice: () => {} };

function openPostgres(): Database {
  const server = surroundings().postgres!;
  const { host, port, user, password } = server;
  const admin = postgres({ ...options, host, port, user, password, max: 1 });
  const alter = (verb: string, { username, password }: Login) =>
    admin.unsafe(`${verb} role "${username}" login password '${password.replaceAll("'", "''")}'`);
  return {
    engine: "postgres",
    server,
    target: postgresTarget((login) => postgres({ ...options, ...login })),
    createUser: async (login) => void await alter("create", login),
    setPassword: async (login) => void await alter("alter", login),
    async createTable(name) {
      await admin.unsafe(`create table "${name}" (id int); grant all on "${name}" to public`);
    },
    async ids(table) {
      const rows = await admin<{ id: number }[]>`select id from ${admin(table)} order by id`;
      return rows.map(({ id }) => id);
    },
    async sessions(username) {
      const rows = await admin`select from pg_stat_activity where usename = ${username}`;
      return rows.length;
    },
    async kill(username) {
      const rows = await admin`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = ${username}`;
      return rows.length;
    },
    client(rotating, ca) {
      const ssl = ca === undefined ? false : { ca };
      return clientOf(
        rotatingPostgres((login) => postgres({ ...options, ssl, ...login }), rotating),
      );
    },
    end: () => admin.end(),
  };
}

function clientOf(sql: ReturnType<typeof rotatingPostgres<postgres.Sql>>): Client {
  return {
    value: sql,
    rotation: sql.rotation,
    echo: async (n) => (await sql`select ${n}::int as x`)[0]!["x"],
    user: async () => (await sql`select current_user as x`)[0]!["x"],
    encrypted: async () =>
      (await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`)[0]!["ssl"],
    async insertBoth(table, [first, second], fail) {
      await sql.begin(async (sql) => {
        await sql`insert into ${sql(table)} values (${first})`;
        await sql`insert into ${sql(table)} values (${second})`;
        if (fail) throw new Error("the app changed its mind");
      });
    },
    end: () => sql.end(),
  };
}

rotatingClientTests("postgres.js", openPostgres);
rotatorTests("PostgreSQL", openPostgres);
