/** The tables of the load on MySQL and MariaDB. */

import { char, int, mysqlTable, varchar } from "drizzle-orm/mysql-core";
import { catalogRows } from "../statements.ts";

const idLength = 36;

/** What is read. Filled once. */
export const catalog = mysqlTable("catalog", {
  id: int("id").primaryKey(),
  title: varchar("title", { length: 100 }).notNull(),
});

/** What is written: single rows, and transactions of three rows under one `tx`. */
export const items = mysqlTable("items", {
  id: char("id", { length: idLength }).primaryKey(),
  worker: int("worker").notNull(),
  tx: char("tx", { length: idLength }),
  n: int("n").notNull(),
});

/** The statements that make the tables. */
export const tables: readonly string[] = [
  "create table catalog (id int primary key, title varchar(100) not null)",
  `insert into catalog with recursive numbers (n) as
    (select 1 union all select n + 1 from numbers where n < ${catalogRows})
    select n, concat('title ', n) from numbers`,
  `create table items (id char(${idLength}) primary key, worker int not null,
    tx char(${idLength}), n int not null)`,
];
