/** Several tasks that start at once, on real servers, with drizzle's own migrator. */

import assert from "node:assert/strict";
import { drizzle as mysqlDrizzle } from "drizzle-orm/mysql2";
import { migrate as mysqlMigrate } from "drizzle-orm/mysql2/migrator";
import { drizzle as postgresDrizzle } from "drizzle-orm/postgres-js";
import { migrate as postgresMigrate } from "drizzle-orm/postgres-js/migrator";
import mysql from "mysql2/promise";
import postgres from "postgres";
import { secretsManager } from "../../../adapters/aws/mod.ts";
import { migrateOnce, type MigrateOnceOptions } from "../../../adapters/drizzle/mod.ts";
import { rotatingMysql } from "../../../adapters/mysql2/mod.ts";
import { rotatingPostgres } from "../../../adapters/postgres/mod.ts";
import type { Rotation } from "../../../core/client/rotation.ts";
import { type CredentialProvider, credentialProvider } from "../../../core/provider/provider.ts";
import { pollUntil } from "../../servers/common/poll.ts";
import { mysqlTests } from "../../servers/mysql/mod.ts";
import {
  type KitApp,
  type KitHouse,
  mysqlHouse,
  postgresHouse,
  rotate,
} from "../drizzle_kit/houses.ts";

/** One task of an app: a client of its own. */
interface Task extends AsyncDisposable {
  readonly credentials: CredentialProvider;
  readonly rotation: Rotation;
  /** Drizzle's migrator on this client. */
  migrate(folder: string): Promise<void>;
  migrateOnce<T>(migrate: () => Promise<T>, options?: MigrateOnceOptions): Promise<T>;
}

const withinMs = 30_000;
const longLock = { waitMs: withinMs };

function task(house: KitHouse, { app, database }: KitApp): Task {
  const credentials = credentialProvider(secretsManager(app.client, app.secretId));
  if (house.dialect === "mysql") {
    const pool = rotatingMysql((login) => mysql.createPool({ database, ...login }), {
      credentials,
      max: 3,
    });
    const db = mysqlDrizzle({ client: pool });
    return {
      credentials,
      rotation: pool.rotation,
      migrate: (migrationsFolder) => mysqlMigrate(db, { migrationsFolder }) as Promise<void>,
      migrateOnce: (migrate, options = longLock) => migrateOnce(pool, migrate, options),
      async [Symbol.asyncDispose]() {
        await pool.end();
        credentials.close();
      },
    };
  }
  const sql = rotatingPostgres(
    (login) => postgres({ database, onnotice: () => {}, ...login }),
    { credentials, max: 3 },
  );
  const db = postgresDrizzle({ client: sql });
  return {
    credentials,
    rotation: sql.rotation,
    migrate: (migrationsFolder) => postgresMigrate(db, { migrationsFolder }),
    migrateOnce: (migrate, options = longLock) => migrateOnce(sql, migrate, options),
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 5 });
      credentials.close();
    },
  };
}

/** A folder with one migration that makes a table, slowly. */
async function migrations(dialect: KitHouse["dialect"]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "rekey-migrations-" });
  const sleep = dialect === "mysql" ? "do sleep(0.3)" : "select pg_sleep(0.3)";
  const entry = { idx: 0, version: "7", when: 1, tag: "0000_first", breakpoints: true };
  await Deno.mkdir(`${folder}/meta`);
  await Deno.writeTextFile(
    `${folder}/meta/_journal.json`,
    JSON.stringify({ version: "7", dialect, entries: [entry] }),
  );
  await Deno.writeTextFile(
    `${folder}/0000_first.sql`,
    `${sleep};\n--> statement-breakpoint\ncreate table first (id int);`,
  );
  return folder;
}

/** Something that a test waits for. */
function signal() {
  return Promise.withResolvers<void>();
}

for (const house of [postgresHouse(), mysqlHouse()]) {
  const register = house.dialect === "mysql"
    ? await mysqlTests("mysql")
    : (name: string, fn: () => Promise<void>) => Deno.test(`PostgreSQL: ${name}`, fn);

  register("of tasks that start at once one migrates, and all find it done", async () => {
    await using kit = await house.app();
    await using stack = new AsyncDisposableStack();
    const tasks = Array.from({ length: 5 }, () => stack.use(task(house, kit)));
    const folder = await migrations(house.dialect);
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    let running = 0, most = 0, done = 0;
    await Promise.all(tasks.map((one) =>
      one.migrateOnce(async () => {
        most = Math.max(most, ++running);
        await one.migrate(folder);
        running--;
        done++;
      })
    ));
    assert.deepEqual([most, done], [1, 5]);
    assert.deepEqual(await kit.tables(), ["first"]);
  });

  register("a rotation under way does not take the lock away", async () => {
    await using kit = await house.app();
    await using one = task(house, kit);
    await using other = task(house, kit);
    const began = signal(), go = signal();
    const first = one.migrateOnce(async () => {
      began.resolve();
      await go.promise;
      return "done";
    });
    await began.promise;
    const before = one.rotation.stats().pool.versionId;
    await rotate(kit.app);
    await one.credentials.refresh();
    await pollUntil(
      withinMs,
      () => Promise.resolve(one.rotation.stats().pool.versionId !== before),
      () => "the new version was not adopted",
    );
    const never = () => Promise.reject(new Error("migrated twice"));
    await assert.rejects(other.migrateOnce(never, { waitMs: 0 }), { code: "LOCK_TIMEOUT" });
    go.resolve();
    assert.equal(await first, "done");
    assert.equal(await other.migrateOnce(() => Promise.resolve("next")), "next");
  });

  register("another task's lock is waited for until waitMs, another lock not at all", async () => {
    await using kit = await house.app();
    await using one = task(house, kit);
    await using other = task(house, kit);
    await one.migrateOnce(async () => {
      const migrate = () => Promise.resolve("mine");
      await assert.rejects(other.migrateOnce(migrate, { waitMs: 50 }), {
        code: "LOCK_TIMEOUT",
        message: /lock "drizzle" for 50 ms \(waitMs\)/,
      });
      assert.equal(await other.migrateOnce(migrate, { waitMs: 0, lockName: "other" }), "mine");
    });
  });

  register("a lock that is lost while the migration runs is taken again", async () => {
    await using kit = await house.app();
    await using one = task(house, kit);
    let calls = 0;
    const migrate = async (times: number) => {
      if (++calls <= times) assert.equal(await kit.killSessions(), 1);
      return calls;
    };
    assert.equal(await one.migrateOnce(() => migrate(1)), 2);
    calls = 0;
    await assert.rejects(one.migrateOnce(() => migrate(9)), { code: "LOCK_TIMEOUT" });
    assert.equal(calls, 3);
  });

  register("a migration that fails is reported, and the lock given back", async () => {
    await using kit = await house.app();
    await using one = task(house, kit);
    await using other = task(house, kit);
    const failure = new Error("the statement is wrong");
    await assert.rejects(one.migrateOnce(() => Promise.reject(failure)), failure);
    assert.equal(await other.migrateOnce(() => Promise.resolve(1), { waitMs: 0 }), 1);
  });
}

Deno.test("what is no client is refused", async () => {
  const none = () => migrateOnce({ select() {} } as never, () => Promise.resolve());
  await assert.rejects(none, { code: "INVALID_OPTION", message: /not the drizzle database/ });
});
