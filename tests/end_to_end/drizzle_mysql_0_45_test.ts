import * as orm from "drizzle-orm";
import * as mysql from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql2";
import { migrate } from "drizzle-orm/mysql2/migrator";
import { join } from "node:path";
import { mysqlDrizzleSuite } from "./drizzle_mysql_suite.ts";

await mysqlDrizzleSuite({
  release: "0.45",
  orm,
  mysql,
  connect: (client) => drizzle({ client }),

  async usersWithPosts(client, { users, posts }, flavor) {
    const usersRelations = orm.relations(users, ({ many }) => ({ posts: many(posts) }));
    const postsRelations = orm.relations(posts, ({ one }) => ({
      user: one(users, { fields: [posts.userId], references: [users.id] }),
    }));
    const db = drizzle({
      client,
      schema: { users, posts, usersRelations, postsRelations },
      // MariaDB has no lateral joins.
      mode: flavor === "mysql" ? "default" : "planetscale",
    });
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

  // There is a mode for servers without them.
  needsLateralJoins: false,

  migrate: (db, migrationsFolder) => migrate(db, { migrationsFolder }),

  async writeMigrations(folder, migrations) {
    await Deno.mkdir(join(folder, "meta"), { recursive: true });
    const tags = migrations.map((_, n) => `000${n}_migration`);
    // The release compares with the time of the last one applied: none has the time 0.
    const entries = tags.map((tag, idx) => ({
      idx,
      version: "5",
      when: idx + 1,
      tag,
      breakpoints: true,
    }));
    const journal = { version: "7", dialect: "mysql", entries };
    await Deno.writeTextFile(join(folder, "meta/_journal.json"), JSON.stringify(journal));
    for (const [n, text] of migrations.entries()) {
      await Deno.writeTextFile(join(folder, `${tags[n]}.sql`), text);
    }
  },
});
