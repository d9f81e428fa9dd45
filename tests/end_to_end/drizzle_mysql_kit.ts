/** What differs between the releases of drizzle on MySQL, and what the checks are given. */

import type * as orm from "drizzle-orm";
import type * as mysqlCore from "drizzle-orm/mysql-core";
import type { MySql2Database } from "drizzle-orm/mysql2";
import type { Pool } from "mysql2/promise";
import type { Flavor } from "../servers/mysql/mod.ts";
import { makeMysqlTables, type MysqlTables } from "./drizzle_mysql_tables.ts";
import type { UserWithPosts } from "./drizzle_kit.ts";

/** A release of drizzle. The types are those of 0.45: the checks use what releases share. */
export interface MysqlDrizzleKit {
  readonly release: string;
  readonly orm: typeof orm;
  readonly mysql: typeof mysqlCore;
  /** The documented way to pass a client. */
  readonly connect: (client: Pool) => MySql2Database;
  /** Every user with the titles of its posts, by the release's own relational queries. */
  readonly usersWithPosts: (
    client: Pool,
    tables: MysqlTables,
    flavor: Flavor,
  ) => Promise<UserWithPosts[]>;
  /** Whether the relational queries need what MariaDB does not have. */
  readonly needsLateralJoins: boolean;
  readonly migrate: (db: MySql2Database, migrationsFolder: string) => Promise<unknown>;
  /** Writes migrations in the layout of the release. */
  readonly writeMigrations: (folder: string, migrations: readonly string[]) => Promise<void>;
}

/** What one check has to itself: an empty database, its tables, and one client. */
export interface MysqlScene {
  readonly kit: MysqlDrizzleKit;
  readonly flavor: Flavor;
  readonly client: Pool;
  readonly db: MySql2Database;
  readonly tables: MysqlTables;
}

/** Empties the database and makes the tables. */
export async function prepareMysqlScene(
  kit: MysqlDrizzleKit,
  flavor: Flavor,
  client: Pool,
): Promise<MysqlScene> {
  const db = kit.connect(client);
  for (const table of ["posts", "users", "first", "second", "__drizzle_migrations"]) {
    await client.query("drop table if exists ??", [table]);
  }
  await client.query(`
    create table users (
      id int auto_increment primary key, name varchar(100) not null unique,
      mood enum('glad', 'sad'), settings json, born_on date, born_at datetime(3),
      seen_at datetime(3), woke_at time, balance decimal(12, 2), big bigint,
      active boolean default true, ratio double
    ) charset utf8mb4
  `);
  await client.query(`
    create table posts (id int auto_increment primary key, user_id int not null, title text not null)
  `);
  return { kit, flavor, client, db, tables: makeMysqlTables(kit.mysql) };
}
