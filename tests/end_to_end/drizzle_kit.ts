/** What differs between the releases of drizzle, and what the checks are given. */

import type * as orm from "drizzle-orm";
import type * as pg from "drizzle-orm/pg-core";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type postgres from "postgres";
import { makeTables, type Tables } from "./drizzle_tables.ts";

/** A release of drizzle. The types are those of 0.45: the checks use what releases share. */
export interface DrizzleKit {
  readonly release: string;
  readonly orm: typeof orm;
  readonly pg: typeof pg;
  /** The documented way to pass a client. */
  readonly connect: (client: postgres.Sql) => PostgresJsDatabase;
  /** Every user with the titles of its posts, by the release's own relational queries. */
  readonly usersWithPosts: (client: postgres.Sql, tables: Tables) => Promise<UserWithPosts[]>;
  readonly migrate: (db: PostgresJsDatabase, migrationsFolder: string) => Promise<unknown>;
  /** Writes migrations in the layout of the release. */
  readonly writeMigrations: (folder: string, migrations: readonly string[]) => Promise<void>;
}

/** What the relational query gives. */
export interface UserWithPosts {
  readonly name: string;
  readonly titles: readonly string[];
}

/** What one check has to itself: an empty database, its tables, and one client. */
export interface Scene {
  readonly kit: DrizzleKit;
  readonly client: postgres.Sql;
  readonly db: PostgresJsDatabase;
  readonly tables: Tables;
}

/** Empties the database and makes the tables. */
export async function prepareScene(kit: DrizzleKit, client: postgres.Sql): Promise<Scene> {
  const db = kit.connect(client);
  await client.unsafe(`
    drop schema if exists drizzle cascade;
    drop schema public cascade;
    create schema public;
    create type mood as enum ('glad', 'sad');
    create table users (
      id serial primary key, name text not null unique, mood mood, settings jsonb, document json,
      born_on date, born_at timestamptz, seen_at timestamp, woke_at time, balance numeric(12, 2),
      big bigint, tags text[], scores int[], picture bytea, active boolean default true, ratio real
    );
    create table posts (
      id serial primary key, user_id int not null references users (id), title text not null
    );
  `);
  return { kit, client, db, tables: makeTables(kit.pg) };
}
