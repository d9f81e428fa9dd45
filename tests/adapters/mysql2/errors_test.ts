/** What errors say, and what they keep to themselves. */

import assert from "node:assert/strict";
import type { Pool } from "mysql2";
import type mysql from "mysql2/promise";
import { assertNoSecretIn } from "../../leaks.ts";
import { errorOf, type StatementError } from "../outcome.ts";
import { clientHouses, innerOf } from "./fixture.ts";

type MysqlError = StatementError & { readonly sql?: string; readonly errno?: number };

/** A statement with a value in it that fails, in every way of running one. */
const ways: Record<string, (pool: mysql.Pool, sql: string, value: string) => Promise<unknown>> = {
  "pool.query": (pool, sql, value) => pool.query(sql, [value]),
  "pool.query with an object": (pool, sql, value) => pool.query({ sql, values: [value] }),
  "pool.execute": (pool, sql, value) => pool.execute(sql, [value]),
  "connection.query": async (pool, sql, value) => {
    await using connection = await pool.getConnection();
    await connection.query(sql, [value]);
  },
  "connection.execute": async (pool, sql, value) => {
    await using connection = await pool.getConnection();
    await connection.execute(sql, [value]);
  },
  "a callback": (pool, sql, value) =>
    new Promise((resolve, reject) => {
      (pool.pool as unknown as Pool).query(
        sql,
        [value],
        (error, rows) => error ? reject(error) : resolve(rows),
      );
    }),
  "a stream": async (pool, sql, value) => {
    await using connection = await pool.getConnection();
    const inner = innerOf(connection);
    await Array.fromAsync(inner.query(sql, [value]).stream());
  },
};

for (const house of await clientHouses()) {
  const { test } = house;
  const sql = "select ?, nope";
  const value = "the value of a customer";

  for (const [name, run] of Object.entries(ways)) {
    test(`an error by ${name} shows the statement without its values`, async () => {
      await using client = house.client({ options: { max: 1 } });
      const error = await errorOf(run(client.pool, sql, value)) as MysqlError;
      assert.equal(error.errno, 1054);
      assert.equal(error.code, "ER_BAD_FIELD_ERROR");
      assert.equal(error.sql, sql);
      assertNoSecretIn(error, [value]);
    });
  }

  test("it shows them where the option says so", async () => {
    await using client = house.client({ options: { max: 1, valuesInErrors: true } });
    for (const [name, run] of Object.entries(ways)) {
      const error = await errorOf(run(client.pool, sql, value)) as MysqlError;
      const shown = name.includes("execute") ? sql : `select '${value}', nope`;
      assert.equal(error.sql, shown, name);
    }
  });

  test("the stack of an error names the caller, on the pool and on a connection", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    await using connection = await pool.getConnection();
    const calls: Record<string, () => Promise<unknown>> = {
      theCallOfQuery: async function theCallOfQuery() {
        await connection.query("select nope");
      },
      theCallOfExecute: async function theCallOfExecute() {
        await connection.execute("select nope");
      },
      theCallOfCommit: async function theCallOfCommit() {
        await house.server.terminateSessions({ user: "app" });
        await connection.commit();
      },
    };
    for (const [name, call] of Object.entries(calls)) {
      assert.match((await errorOf(call())).stack!, new RegExp(name));
    }
    connection.release();
    async function theCallOnThePool() {
      await pool.query("select nope");
    }
    const error = await errorOf(theCallOnThePool());
    assert.match(error.stack!, /theCallOnThePool/);
    assert.match(error.stack!, /errors_test\.ts/);
    assert.ok(error.stack!.startsWith(`Error: ${error.message}\n`));
  });

  test("with trace: false no stack is taken", async () => {
    await using client = house.client({ driver: { trace: false } as mysql.PoolOptions });
    async function theCallOnThePool() {
      await client.pool.query("select nope");
    }
    const error = await errorOf(theCallOnThePool());
    assert.equal(error.code, "ER_BAD_FIELD_ERROR");
    // Only what the runtime itself adds.
    assert.doesNotMatch(error.stack!.split("\n")[1] ?? "", /theCallOnThePool/);
  });
}
