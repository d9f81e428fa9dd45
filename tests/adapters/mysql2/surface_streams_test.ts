/** Streams of rows, which the app reads from the connection inside the one that it was given. */

import assert from "node:assert/strict";
import type mysql from "mysql2/promise";
import { errorOf, type StatementError, until, within } from "../outcome.ts";
import { clientHouses, innerOf, rowsOf } from "./fixture.ts";

/** So many rows that the server cannot send them all before somebody reads. */
const many = "with recursive n (n) as (select 1 union all select n + 1 from n where n < 1000) " +
  "select a.n, repeat('x', 5000) as text from n a, n b limit 20000";

type Row = { readonly n: number };

function stream(connection: mysql.PoolConnection, sql: string) {
  return innerOf(connection).query(sql).stream();
}

/**
 * A connection whose stream was lost with its session. A server that is just making rows when it is
 * told to kill may still answer that it was interrupted: then nothing was lost, and it is tried again.
 */
async function lostStream(
  pool: mysql.Pool,
  kill: (connection: mysql.PoolConnection) => Promise<StatementError>,
): Promise<mysql.PoolConnection> {
  for (let time = 1;; time++) {
    const connection = await pool.getConnection();
    const { code, possiblyExecuted } = await kill(connection);
    if (code === "ER_QUERY_INTERRUPTED" && time < 10) {
      connection.release();
      continue;
    }
    assert.equal(possiblyExecuted, true);
    return connection;
  }
}

for (const house of await clientHouses()) {
  const { onBoth, test } = house;

  onBoth("a stream is read to its end, and the connection is used again", async (pool) => {
    const connection = await pool.getConnection();
    const seen: number[] = [];
    const few = "select 1 as n union all select 2 union all select 3";
    for await (const { n } of stream(connection, few) as AsyncIterable<Row>) seen.push(Number(n));
    assert.deepEqual(seen, [1, 2, 3]);
    const { threadId } = connection;
    connection.release();
    const [row] = await rowsOf(pool.query("select connection_id() as id"));
    assert.equal(row!["id"], threadId);
  }, { connectionLimit: 1 });

  onBoth("an error of the statement is the stream's", async (pool) => {
    const connection = await pool.getConnection();
    const error = await errorOf(Array.fromAsync(stream(connection, "select nope")));
    assert.equal(error.code, "ER_BAD_FIELD_ERROR");
    connection.release();
    assert.deepEqual(await rowsOf(pool.query("select 1 as x")), [{ x: 1 }]);
  }, { connectionLimit: 1 });

  test("a stream whose session is killed in its middle ends with an error", async () => {
    await using client = house.client({ options: { max: 1 } });
    const connection = await lostStream(client.pool, async (connection) => {
      let rows = 0;
      const reading = (async () => {
        for await (const _ of stream(connection, many)) {
          if (++rows === 10) await house.server.terminateSessions({ user: "app" });
        }
      })();
      const error: StatementError = await within(30_000, errorOf(reading), "the stream");
      assert.ok(rows >= 10 && rows < 20_000, `${rows} rows`);
      return error;
    });
    connection.release();
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
  });

  test("a server's own word that a session ends says that the statement may have run, and ends it", async () => {
    await using client = house.client({ options: { max: 1 } });
    await client.pool.query(
      `create procedure ending() begin select 1 as x;
       signal sqlstate '08S01' set mysql_errno = 1053; end`,
    );
    const told: Record<string, (connection: mysql.PoolConnection) => Promise<StatementError>> = {
      stream: (connection) => errorOf(Array.fromAsync(stream(connection, "call ending()"))),
      callback: (connection) =>
        new Promise((resolve) =>
          innerOf(connection).query("call ending()", (error) => resolve(error!))
        ),
    };
    for (const [how, error] of Object.entries(told)) {
      const connection = await client.pool.getConnection();
      const { code, possiblyExecuted } = await error(connection);
      assert.deepEqual([code, possiblyExecuted], ["ER_SERVER_SHUTDOWN", true], how);
      // This server does not do as it says, so it is we who closed.
      const next: StatementError = await errorOf(connection.query("select 1"));
      assert.deepEqual(
        [next.code, next.possiblyExecuted],
        ["PROTOCOL_CONNECTION_LOST", false],
        how,
      );
      connection.release();
    }
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
  });

  test("a stream that nobody reads, of a killed session, ends with an error when it is read", async () => {
    await using client = house.client({ options: { max: 1 } });
    const connection = await lostStream(client.pool, async (connection) => {
      const paused = stream(connection, many);
      let error: StatementError | undefined;
      paused.once("error", (e: Error) => error = e);
      await new Promise((resolve) => paused.once("readable", () => resolve(undefined)));
      await house.server.terminateSessions({ user: "app" });
      paused.resume();
      await until(() => error !== undefined, "the error");
      return error!;
    });
    connection.release();
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
  });

  test("a stream that is begun on a lost connection ends with an error", async () => {
    await using client = house.client({ options: { max: 1 } });
    const connection = await client.pool.getConnection();
    await house.server.terminateSessions({ user: "app" });
    await errorOf(connection.query("select 1"));
    const error: StatementError = await within(
      30_000,
      errorOf(Array.fromAsync(stream(connection, "select 1"))),
      "the stream",
    );
    assert.equal(error.possiblyExecuted, false);
    connection.release();
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
  });

  for (const how of ["broken off", "abandoned"] as const) {
    test(`a stream that is ${how} in its middle leaves its connection to nobody`, async () => {
      await using client = house.client({ options: { max: 1 } });
      const { pool } = client;
      const connection = await pool.getConnection();
      const { threadId } = connection;
      const rows = stream(connection, many);
      if (how === "broken off") {
        let seen = 0;
        for await (const _ of rows) if (++seen === 10) break;
      } else {
        // It is paused by its own high-water mark.
        await new Promise((resolve) => rows.once("readable", () => resolve(undefined)));
      }
      connection.release();
      const [row] = await within(30_000, rowsOf(pool.query("select connection_id() as id")));
      assert.notEqual(row!["id"], threadId);
      assert.equal(pool.rotation.stats().pool.total, 1);
      await until(
        async () => (await house.server.sessions({ user: "app" })).length === 1,
        "the old session has ended",
      );
    });
  }

  test("a stream under way ends on its old connection when a new version comes", async () => {
    await using client = house.client({ options: { max: 2 } });
    const { pool, source, credentials } = client;
    const connection = await pool.getConnection();
    let rows = 0;
    for await (const _ of stream(connection, many)) {
      if (++rows !== 10) continue;
      source.stages = { current: { ...source.stages.current!, versionId: "v2" } };
      await credentials.refresh("the test");
      await until(() => pool.rotation.stats().pool.versionId === "v2", "the swap");
    }
    assert.equal(rows, 20_000);
    connection.release();
    await until(() => pool.rotation.stats().pool.draining === 0, "the drain");
  });
}
