/** The tables of the load. */

import { integer, pgTable, text, uuid } from "drizzle-orm/pg-core";

/** What is read. Filled once. */
export const catalog = pgTable("catalog", {
  id: integer("id").primaryKey(),
  title: text("title").notNull(),
});

/** What is written: single rows, and transactions of three rows under one `tx`. */
export const items = pgTable("items", {
  // From the client, so that a row is known also when its acknowledgement is lost.
  id: uuid("id").primaryKey(),
  worker: integer("worker").notNull(),
  tx: uuid("tx"),
  n: integer("n").notNull(),
});

/** Rows of `catalog`, with the ids from 1. */
export const catalogRows = 1_000;

/** Rows that one transaction writes. */
export const rowsOfTransaction = 3;

/** The statements that make the tables. */
export const tables: readonly string[] = [
  "create table catalog (id int primary key, title text not null)",
  `insert into catalog select n, 'title ' || n from generate_series(1, ${catalogRows}) n`,
  "create table items (id uuid primary key, worker int not null, tx uuid, n int not null)",
];
