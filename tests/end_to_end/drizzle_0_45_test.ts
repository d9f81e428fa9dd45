import * as orm from "drizzle-orm";
import * as pg from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import { join } from "node:path";
import { drizzleSuite } from "./drizzle_suite.ts";

drizzleSuite({
  release: "0.45",
  orm,
  pg,
  connect: (client) => drizzle({ client }),

  async usersWithPosts(client, { users, posts }) {
    const usersRelations = orm.relations(users, ({ many }) => ({ posts: many(posts) }));
    const postsRelations = orm.relations(posts, ({ one }) => ({
      user: one(users, { fields: [posts.userId], references: [users.id] }),
    }));
    const db = drizzle({ client, schema: { users, posts, usersRelations, postsRelations } });
    const found = await db.query.users.findMany({
      columns: { name: true },
      with: { posts: { columns: { title: true } } },
      orderBy: users.id,
    });
    return found.map(({ name, posts }) => ({
      name,
      titles: posts.map(({ title }) => [...title].join(" ")),
    }));
  },

  migrate: (db, migrationsFolder) => migrate(db, { migrationsFolder }),

  async writeMigrations(folder, migrations) {
    await Deno.mkdir(join(folder, "meta"), { recursive: true });
    const tags = migrations.map((_, n) => `000${n}_migration`);
    const entries = tags.map((tag, idx) => ({
      idx,
      version: "7",
      when: idx,
      tag,
      breakpoints: true,
    }));
    const journal = { version: "7", dialect: "postgresql", entries };
    // The release compares with the time of the last one applied: none has the time 0.
    for (const entry of entries) entry.when += 1;
    await Deno.writeTextFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
    for (const [n, text] of migrations.entries()) {
      await Deno.writeTextFile(join(folder, `${tags[n]}.sql`), text);
    }
  },
});
