import * as orm from "drizzle-orm-1";
import * as mysql from "drizzle-orm-1/mysql-core";
import { drizzle, type MySql2Database } from "drizzle-orm-1/mysql2";
import { migrate } from "drizzle-orm-1/mysql2/migrator";
import { join } from "node:path";
import type { MysqlDrizzleKit } from "./drizzle_mysql_kit.ts";
import { mysqlDrizzleSuite } from "./drizzle_mysql_suite.ts";

/** As much of the tables as a relation needs, in this release's own types. */
const users = mysql.mysqlTable("users", {
  id: mysql.int("id").primaryKey().autoincrement(),
  name: mysql.varchar("name", { length: 100 }).notNull(),
});
const posts = mysql.mysqlTable("posts", {
  userId: mysql.int("user_id"),
  title: mysql.text("title").notNull(),
});
const relations = orm.defineRelations({ users, posts }, (r) => ({
  users: { posts: r.many.posts({ from: r.users.id, to: r.posts.userId }) },
}));

await mysqlDrizzleSuite({
  release: "1.0",
  // What the checks use has the same shape in both releases; that it does, the checks show.
  orm: orm as unknown as MysqlDrizzleKit["orm"],
  mysql: mysql as unknown as MysqlDrizzleKit["mysql"],
  connect: (client) => drizzle({ client }) as unknown as ReturnType<MysqlDrizzleKit["connect"]>,

  async usersWithPosts(client) {
    const db = drizzle({ client, relations });
    const found = await db.query.users.findMany({
      columns: { name: true },
      with: { posts: { columns: { title: true } } },
      orderBy: { id: "asc" },
    });
    return found.map(({ name, posts }) => ({ name, titles: posts.map(({ title }) => title) }));
  },

  needsLateralJoins: true,

  migrate: (db, migrationsFolder) => migrate(db as unknown as MySql2Database, { migrationsFolder }),

  async writeMigrations(folder, migrations) {
    for (const [n, text] of migrations.entries()) {
      const path = join(folder, `2024010100000${n}_migration`);
      await Deno.mkdir(path, { recursive: true });
      await Deno.writeTextFile(join(path, "migration.sql"), text);
    }
  },
});
