/** The tables of the load on PostgreSQL. */

import { integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { catalogRows } from "../statements.ts";

/** What is read. Filled once. */
export const catalog = pgTable("catalog", {
  id: integer("id").primaryKey(),
  title: text("title").notNull(),
});

/** What is written: single rows, and transactions of three rows under one `tx`. */
export const items = pgTable("items", {
  id: uuid("id").primaryKey(),
  worker: integer("worker").notNull(),
  tx: uuid("tx"),
  n: integer("n").notNull(),
});

/** The statements that make the tables. */
export const tables: readonly string[] = [
  "create table catalog (id int primary key, title text not null)",
  `insert into catalog select n, 'title ' || n from generate_series(1, ${catalogRows}) n`,
  "create table items (id uuid primary key, worker int not null, tx uuid, n int not null)",
];
