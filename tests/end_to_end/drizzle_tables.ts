/** The tables of the drizzle checks, built with whichever release is under test. */

import type * as pgCore from "drizzle-orm/pg-core";

/** The tables. */
export type Tables = ReturnType<typeof makeTables>;

/** Builds them. */
export function makeTables(pg: typeof pgCore) {
  const bytea = pg.customType<{ data: Uint8Array; driverData: Uint8Array }>({
    dataType: () => "bytea",
    fromDriver: (value) => new Uint8Array(value),
  });
  /** Kept as text, handed out as a set of words. */
  const words = pg.customType<{ data: Set<string>; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => [...value].join(" "),
    fromDriver: (value) => new Set(value.split(" ")),
  });
  const mood = pg.pgEnum("mood", ["glad", "sad"]);
  const users = pg.pgTable("users", {
    id: pg.serial("id").primaryKey(),
    name: pg.text("name").notNull(),
    mood: mood("mood"),
    settings: pg.jsonb("settings"),
    document: pg.json("document"),
    bornOn: pg.date("born_on", { mode: "date" }),
    bornAt: pg.timestamp("born_at", { withTimezone: true }),
    seenAt: pg.timestamp("seen_at", { mode: "string" }),
    wokeAt: pg.time("woke_at"),
    balance: pg.numeric("balance", { precision: 12, scale: 2 }),
    big: pg.bigint("big", { mode: "bigint" }),
    tags: pg.text("tags").array(),
    scores: pg.integer("scores").array(),
    picture: bytea("picture"),
    active: pg.boolean("active").default(true),
    ratio: pg.real("ratio"),
  });
  const posts = pg.pgTable("posts", {
    id: pg.serial("id").primaryKey(),
    userId: pg.integer("user_id").notNull(),
    title: words("title").notNull(),
  });
  return { users, posts };
}
