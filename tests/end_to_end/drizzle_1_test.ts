import * as orm from "drizzle-orm-1";
import * as pg from "drizzle-orm-1/pg-core";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm-1/postgres-js";
import { migrate } from "drizzle-orm-1/postgres-js/migrator";
import { join } from "node:path";
import type { DrizzleKit } from "./drizzle_kit.ts";
import { drizzleSuite } from "./drizzle_suite.ts";

/** As much of the tables as a relation needs, in this release's own types. */
const users = pg.pgTable("users", {
  id: pg.serial("id").primaryKey(),
  name: pg.text("name").notNull(),
});
const posts = pg.pgTable("posts", {
  userId: pg.integer("user_id"),
  title: pg.text("title").notNull(),
});
const relations = orm.defineRelations({ users, posts }, (r) => ({
  users: { posts: r.many.posts({ from: r.users.id, to: r.posts.userId }) },
}));

drizzleSuite({
  release: "1.0",
  // What the checks use has the same shape in both releases; that it does, the checks show.
  orm: orm as unknown as DrizzleKit["orm"],
  pg: pg as unknown as DrizzleKit["pg"],
  connect: (client) => drizzle({ client }) as unknown as ReturnType<DrizzleKit["connect"]>,

  async usersWithPosts(client) {
    const db = drizzle({ client, relations });
    const found = await db.query.users.findMany({
      columns: { name: true },
      with: { posts: { columns: { title: true } } },
      orderBy: { id: "asc" },
    });
    return found.map(({ name, posts }) => ({ name, titles: posts.map(({ title }) => title) }));
  },

  migrate: (db, migrationsFolder) =>
    migrate(db as unknown as PostgresJsDatabase, { migrationsFolder }),

  async writeMigrations(folder, migrations) {
    for (const [n, text] of migrations.entries()) {
      const path = join(folder, `2024010100000${n}_migration`);
      await Deno.mkdir(path, { recursive: true });
      await Deno.writeTextFile(join(path, "migration.sql"), text);
    }
  },
});
