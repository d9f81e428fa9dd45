/** What must be the same through the rotating pool as through mysql2: sessions. */

import assert from "node:assert/strict";
import type { MysqlCheck } from "./drizzle_mysql_checks.ts";
import type { MysqlScene } from "./drizzle_mysql_kit.ts";

const migrations: readonly string[] = [
  "create table first (n int);\n--> statement-breakpoint\ninsert into first values (1);",
  "create table second (n int);",
];

async function names({ db, tables: { users } }: MysqlScene): Promise<string[]> {
  return (await db.select({ name: users.name }).from(users)).map(({ name }) => name).sort();
}

/** The checks of transactions and migrations. */
export const mysqlSessionChecks: Readonly<Record<string, MysqlCheck>> = {
  async "a transaction commits, and is rolled back by an error or by rollback()"(scene) {
    const { db, tables: { users } } = scene;
    const result = await db.transaction(async (tx) => {
      await tx.insert(users).values({ name: "kept" });
      return await tx.$count(users);
    });
    assert.equal(result, 1);
    const failure = new Error("the body failed");
    const thrown = db.transaction(async (tx) => {
      await tx.insert(users).values({ name: "lost" });
      throw failure;
    });
    await assert.rejects(thrown, (error) => error === failure);
    const rolledBack = db.transaction(async (tx) => {
      await tx.insert(users).values({ name: "lost" });
      tx.rollback();
    });
    const error = await rolledBack.then(() => assert.fail(), (error: Error) => error);
    assert.deepEqual(await names(scene), ["kept"]);
    return [error.name, error.message];
  },

  async "nested transactions are savepoints"(scene) {
    const { db, kit, tables: { users } } = scene;
    await db.transaction(async (tx) => {
      await tx.insert(users).values({ name: "outer" });
      await tx.transaction(async (inner) => {
        await inner.insert(users).values({ name: "inner" });
        const failing = inner.transaction(async (innermost) => {
          await innermost.insert(users).values({ name: "lost" });
          await innermost.execute(kit.orm.sql`select nope`);
        });
        await assert.rejects(failing);
        await inner.insert(users).values({ name: "after" });
      });
      await tx.transaction(async (inner) => {
        await inner.insert(users).values({ name: "lost too" });
        inner.rollback();
      }).catch(() => {});
    });
    assert.deepEqual(await names(scene), ["after", "inner", "outer"]);
  },

  async "isolation level, access mode and snapshot reach the server"({ db, tables: { users } }) {
    await db.insert(users).values({ name: "a" });
    const told = await db.transaction(async (tx) => {
      await db.insert(users).values({ name: "b" });
      return await tx.$count(users);
    }, { isolationLevel: "repeatable read", withConsistentSnapshot: true });
    assert.equal(told, 1);
    const dirty = await db.transaction(async (writer) => {
      await writer.insert(users).values({ name: "c" });
      return await db.transaction((tx) => tx.$count(users), { isolationLevel: "read uncommitted" });
    });
    assert.equal(dirty, 3);
    const write = db.transaction(
      (tx) => tx.insert(users).values({ name: "no" }),
      { isolationLevel: "repeatable read", accessMode: "read only" },
    );
    const error = await write.then(() => assert.fail(), (error) => error);
    assert.equal(error.cause.code, "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION");
  },

  async "transactions at a time do not see each other's rows"(scene) {
    const { db, tables: { users } } = scene;
    await Promise.all(Array.from({ length: 12 }, (_, n) =>
      db.transaction(async (tx) => {
        await tx.insert(users).values({ name: `user ${n}` });
        if (n % 3 === 0) tx.rollback();
      }).catch((error: Error) => {
        if (n % 3 !== 0) throw error;
      })));
    return await names(scene);
  },

  "the client behind it is the one that was passed"({ db, client }) {
    const { $client } = db as unknown as { $client: typeof client };
    assert.equal($client, client);
    return Promise.resolve();
  },

  async "migrations run once"({ db, kit }) {
    const folder = await Deno.makeTempDir();
    try {
      await kit.writeMigrations(folder, migrations);
      await kit.migrate(db, folder);
      await kit.migrate(db, folder);
      const [first] = await db.execute(kit.orm.sql`select count(*) as n from first`);
      assert.deepEqual(first, [{ n: 1 }]);
      const [applied] = await db.execute(
        kit.orm.sql`select hash from __drizzle_migrations order by id`,
      );
      assert.equal((applied as unknown as unknown[]).length, 2);
      return applied;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};
