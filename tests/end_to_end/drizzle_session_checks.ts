/** What must be the same through the rotating client as through postgres.js: sessions. */

import assert from "node:assert/strict";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import type { Check } from "./drizzle_checks.ts";
import type { Scene } from "./drizzle_kit.ts";

const migrations: readonly string[] = [
  "create table first (n int);\n--> statement-breakpoint\ninsert into first values (1);",
  "create table second (n int);",
];

async function names({ db, tables: { users } }: Scene): Promise<string[]> {
  return (await db.select({ name: users.name }).from(users)).map(({ name }) => name).sort();
}

async function show(db: Pick<PostgresJsDatabase, "execute">, kit: Scene["kit"], setting: string) {
  const [row] = await db.execute(kit.orm.sql.raw(`show ${setting}`));
  return Object.values(row!)[0];
}

/** The checks of transactions, cursors and migrations. */
export const sessionChecks: Readonly<Record<string, Check>> = {
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

  async "a failing statement ends its transaction, also when its error is swallowed"(scene) {
    const { db, kit, tables: { users } } = scene;
    const outcome = await db.transaction(async (tx) => {
      await tx.insert(users).values({ name: "lost" });
      await tx.execute(kit.orm.sql`select 1 / 0`).catch(() => {});
    }).then(() => "committed", ({ cause, code }) => cause?.code ?? code);
    assert.deepEqual(await names(scene), []);
    return outcome;
  },

  async "nested transactions are savepoints"(scene) {
    const { db, kit, tables: { users } } = scene;
    await db.transaction(async (tx) => {
      await tx.insert(users).values({ name: "outer" });
      await tx.transaction(async (inner) => {
        await inner.insert(users).values({ name: "inner" });
        const failing = inner.transaction(async (innermost) => {
          await innermost.insert(users).values({ name: "lost" });
          await innermost.execute(kit.orm.sql`select 1 / 0`);
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

  async "isolation level, access mode and deferrable reach the server"({ db, kit, tables }) {
    const config = { isolationLevel: "serializable", accessMode: "read only", deferrable: true };
    const told = await db.transaction(async (tx) => [
      await show(tx, kit, "transaction_isolation"),
      await show(tx, kit, "transaction_read_only"),
      await show(tx, kit, "transaction_deferrable"),
    ], config as Parameters<typeof db.transaction>[1]);
    assert.deepEqual(told, ["serializable", "on", "on"]);
    const write = db.transaction(
      (tx) => tx.insert(tables.users).values({ name: "no" }),
      { accessMode: "read only" },
    );
    const error = await write.then(() => assert.fail(), (error) => error);
    assert.equal(error.cause.code, "25006");
    return await show(db, kit, "transaction_isolation");
  },

  async "transactions at a time do not see each other's rows"(scene) {
    const { db, tables: { users } } = scene;
    await Promise.all(Array.from({ length: 12 }, (_, n) =>
      db.transaction(async (tx) => {
        assert.deepEqual(
          await tx.insert(users).values({ name: `user ${n}` }).returning({ name: users.name }),
          [{ name: `user ${n}` }],
        );
        if (n % 3 === 0) tx.rollback();
      }).catch((error: Error) => {
        if (n % 3 !== 0) throw error;
      })));
    return await names(scene);
  },

  async "the client behind it iterates with a cursor"({ db, client }) {
    const { $client } = db as unknown as { $client: typeof client };
    assert.equal($client, client);
    const batches: number[][] = [];
    for await (const rows of $client`select n from generate_series(1, 10) n`.cursor(4)) {
      batches.push(rows.map((row) => row["n"]));
    }
    assert.deepEqual(batches, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]);
    const each: number[] = [];
    await $client`select n from generate_series(1, 3) n`.forEach((row) => void each.push(row["n"]));
    return each;
  },

  async "migrations run once, and one that fails leaves nothing"(scene) {
    const { db, kit } = scene;
    const folder = await Deno.makeTempDir();
    try {
      await kit.writeMigrations(folder, migrations);
      await kit.migrate(db, folder);
      await kit.migrate(db, folder);
      const [first] = await db.execute(kit.orm.sql`select count(*)::int as n from first`);
      assert.equal(first!["n"], 1);
      const broken = "create table third (n int);\n--> statement-breakpoint\nselect 1 / 0;";
      await kit.writeMigrations(folder, [...migrations, broken]);
      await assert.rejects(kit.migrate(db, folder));
      const [third] = await db.execute(kit.orm.sql`select to_regclass('third') as found`);
      assert.equal(third!["found"], null);
      const applied = await db.execute(
        kit.orm.sql`select hash from drizzle.__drizzle_migrations order by id`,
      );
      assert.equal(applied.length, 2);
      return [...applied];
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
};
