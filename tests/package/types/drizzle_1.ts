/** drizzle-orm 1.0 over rotating clients: what it infers of a schema stays inferred. */

import { eq } from "drizzle-orm-1";
import { drizzle as drizzleMysql } from "drizzle-orm-1/mysql2";
import type { MySql2Database } from "drizzle-orm-1/mysql2";
import { int, mysqlTable, varchar } from "drizzle-orm-1/mysql-core";
import { integer, jsonb, pgTable, text } from "drizzle-orm-1/pg-core";
import { drizzle as drizzlePostgres } from "drizzle-orm-1/postgres-js";
import type { PostgresJsDatabase } from "drizzle-orm-1/postgres-js";
import mysql from "mysql2/promise";
import postgres from "postgres";
import type { CredentialProvider } from "@rekey/orm";
import { rotatingMysql } from "@rekey/orm/mysql2";
import { rotatingPostgres } from "@rekey/orm/postgres";
import { isExactly } from "./same.ts";

const users = pgTable("users", {
  id: integer().primaryKey(),
  name: text(),
  settings: jsonb().$type<{ dark: boolean }>().notNull(),
});

const mysqlUsers = mysqlTable("users", {
  id: int().primaryKey(),
  name: varchar({ length: 20 }),
});

/** PostgreSQL. */
export async function ofPostgres(credentials: CredentialProvider): Promise<void> {
  const sql = rotatingPostgres((login) => postgres({ database: "app", ...login }), { credentials });
  const db = drizzlePostgres({ client: sql });
  db satisfies PostgresJsDatabase;
  // The client that was given is the one that is got back, with what it has more.
  sql satisfies typeof db.$client;
  isExactly<typeof sql>()(db.$client);
  const rows = await db.select().from(users).where(eq(users.id, 1));
  isExactly<{ id: number; name: string | null; settings: { dark: boolean } }[]>()(rows);
  const some = await db.select({ who: users.name }).from(users);
  isExactly<{ who: string | null }[]>()(some);
  const [made] = await db.insert(users).values({ id: 1, settings: { dark: true } }).returning();
  isExactly<{ dark: boolean } | undefined>()(made?.settings);
  isExactly<number>()(await db.transaction(() => Promise.resolve(1)));
  // @ts-expect-error a column that may not be null is missing
  db.insert(users).values({ id: 1 });
  // @ts-expect-error no such column
  db.select({ who: users.nmae }).from(users);
}

/** MySQL. */
export async function ofMysql(credentials: CredentialProvider): Promise<void> {
  const pool = rotatingMysql((login) => mysql.createPool({ ...login }), { credentials });
  const db = drizzleMysql({ client: pool });
  db satisfies MySql2Database;
  isExactly<typeof pool>()(db.$client);
  const rows = await db.select().from(mysqlUsers).where(eq(mysqlUsers.id, 1));
  isExactly<{ id: number; name: string | null }[]>()(rows);
  // @ts-expect-error the name is a text
  db.insert(mysqlUsers).values({ id: 1, name: 2 });
}
