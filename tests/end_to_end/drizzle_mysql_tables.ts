/** The tables of the drizzle checks on MySQL, built with whichever release is under test. */

import type * as mysqlCore from "drizzle-orm/mysql-core";

/** The tables. */
export type MysqlTables = ReturnType<typeof makeMysqlTables>;

/** Builds them. */
export function makeMysqlTables(mysql: typeof mysqlCore) {
  /** Kept as text, handed out as a set of words. */
  const words = mysql.customType<{ data: Set<string>; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => [...value].join(" "),
    fromDriver: (value) => new Set(value.split(" ")),
  });
  const users = mysql.mysqlTable("users", {
    id: mysql.int("id").primaryKey().autoincrement(),
    name: mysql.varchar("name", { length: 100 }).notNull(),
    mood: mysql.mysqlEnum("mood", ["glad", "sad"]),
    settings: mysql.json("settings"),
    bornOn: mysql.date("born_on", { mode: "string" }),
    bornAt: mysql.datetime("born_at", { fsp: 3 }),
    seenAt: mysql.datetime("seen_at", { mode: "string", fsp: 3 }),
    wokeAt: mysql.time("woke_at"),
    balance: mysql.decimal("balance", { precision: 12, scale: 2 }),
    big: mysql.bigint("big", { mode: "number" }),
    active: mysql.boolean("active").default(true),
    ratio: mysql.double("ratio"),
  });
  const posts = mysql.mysqlTable("posts", {
    id: mysql.int("id").primaryKey().autoincrement(),
    userId: mysql.int("user_id").notNull(),
    title: words("title").notNull(),
  });
  return { users, posts };
}
