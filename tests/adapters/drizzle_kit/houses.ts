/** One PostgreSQL and one MySQL, with apps whose secrets are rotated in steps. */

import { singleUser } from "../../../core/rotation/mod.ts";
import { type App, type House, houseOf } from "../../rotation/fixture.ts";
import { startMysqlDatabase } from "../../rotation/databases/mysql.ts";
import { startPostgresDatabase } from "../../rotation/databases/postgres.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import type { PostgresServer } from "../../servers/postgres/mod.ts";
import type { Dialect } from "./project.ts";

/** The servers of one dialect. */
export interface KitHouse {
  readonly dialect: Dialect;
  /** An app with a database that is its own. @param password its first one, when that matters */
  app(password?: string): Promise<KitApp>;
  /** Gives the database's user a password that the store knows nothing of. */
  spoilPassword(app: App<unknown>): Promise<void>;
}

/** An app, and what a test asks of its database. */
export interface KitApp extends AsyncDisposable {
  readonly app: App<unknown>;
  readonly database: string;
  /** The names of the tables in the database, drizzle's own left out. */
  tables(): Promise<string[]>;
  /** Ends every session of the app, and waits until they are gone. Returns how many there were. */
  killSessions(): Promise<number>;
}

/** A whole rotation of a single user's password. */
export async function rotate(app: App<unknown>): Promise<void> {
  await app.rotateByStore(app.options(singleUser()));
}

/** A rotation that stops where the database accepts the new password and the store names the old. */
export async function rotateUntilSet(app: App<unknown>): Promise<string> {
  app.breakOffAfter("setSecret", app.options(singleUser()));
  const { versionId } = await app.rotateSecret();
  return versionId;
}

/** Goes on with a rotation that stopped. */
export async function finishRotation(app: App<unknown>, token: string): Promise<void> {
  const { error } = await app.rotateSecret(token);
  if (error !== undefined) throw error;
}

/** PostgreSQL, started before the first test of the file. */
export function postgresHouse(): KitHouse & { readonly house: House<PostgresServer> } {
  const house = houseOf(startPostgresDatabase);
  return {
    dialect: "postgresql",
    house,
    spoilPassword: ({ user }) => house.database.setPassword(user, crypto.randomUUID()),
    async app(password) {
      const app = await house.app(password === undefined ? {} : { secret: { password } });
      const admin = house.server.admin();
      const database = `${app.user}_database`;
      await admin.unsafe(`create database ${database} owner ${app.owner}`);
      // The administrator's own connections are to another database.
      const { host, port, superuser } = house.server;
      const { default: postgres } = await import("postgres");
      const sql = postgres({ host, port, ...superuser, database, max: 1, fetch_types: false });
      await sql`select 1`;
      return {
        app,
        database,
        tables: async () => {
          const rows = await sql`
            select tablename from pg_tables where schemaname = 'public' order by 1`;
          return rows.map((row) => row["tablename"]);
        },
        killSessions: async () => {
          const rows = await sql`
            select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend'
              and pid <> pg_backend_pid()`;
          return rows.length;
        },
        async [Symbol.asyncDispose]() {
          await sql.end();
          await app[Symbol.asyncDispose]();
        },
      };
    },
  };
}

/** MySQL, started before the first test of the file. */
export function mysqlHouse(): KitHouse & { readonly house: House<MysqlServer> } {
  const house = houseOf(() => startMysqlDatabase({ flavor: "mysql" }));
  return {
    dialect: "mysql",
    house,
    spoilPassword: ({ user }) => house.database.setPassword(user, crypto.randomUUID()),
    async app(password) {
      const app = await house.app(password === undefined ? {} : { secret: { password } });
      const admin = house.server.admin();
      const database = `${app.user}_database`;
      await admin.query("create database ??", [database]);
      await admin.query("grant all on ??.* to ?", [database, app.user]);
      return {
        app,
        database,
        tables: async () => {
          const [rows] = await admin.query(
            `select table_name as name from information_schema.tables
             where table_schema = ? and table_name not like '\\_\\_drizzle%' order by 1`,
            [database],
          );
          return (rows as { name: string }[]).map((row) => row.name);
        },
        killSessions: () => house.server.terminateSessions({ database }),
        [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
      };
    },
  };
}
