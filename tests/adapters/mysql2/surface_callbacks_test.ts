/** The pool inside the pool, for those who use callbacks: it rotates as well. */

import assert from "node:assert/strict";
import type callbackStyle from "mysql2";
import type mysql from "mysql2/promise";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { errorOf, until, within } from "../outcome.ts";
import { clientHouses, rowsOf } from "./fixture.ts";

/** The pool inside; the driver's types show a type of its own. */
function inside(pool: mysql.Pool): callbackStyle.Pool {
  return pool.pool as unknown as callbackStyle.Pool;
}

type Done<T> = (error: unknown, answer?: T) => void;

/** What a callback is called with. */
function answerOf<T>(call: (done: Done<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => error ? reject(error) : resolve(answer as T));
  });
}

for (const house of await clientHouses()) {
  const { onBoth, test } = house;

  onBoth("query and execute", async (pool) => {
    const inner = inside(pool);
    assert.deepEqual(await answerOf((done) => inner.query("select 1 as x", done)), [{ x: 1 }]);
    const values = await answerOf((done) => inner.query("select ? as x", ["it's"], done));
    assert.deepEqual(values, [{ x: "it's" }]);
    const prepared = await answerOf((done) => inner.execute("select ? as x", ["y"], done));
    assert.deepEqual(prepared, [{ x: "y" }]);
    const error = await errorOf(answerOf((done) => inner.query("select nope", done)));
    assert.equal(error.code, "ER_BAD_FIELD_ERROR");
    const rows: unknown[] = [];
    const events = inner.query("select 1 as x union all select 2");
    await new Promise((resolve) =>
      events.on("result", (row: unknown) => rows.push(row)).on("end", () => resolve(undefined))
    );
    assert.deepEqual(rows, [{ x: 1 }, { x: 2 }]);
  }, { connectionLimit: 1 });

  onBoth("getConnection, a transaction, and the release", async (pool) => {
    const inner = inside(pool);
    await pool.query("drop table if exists t");
    await pool.query("create table t (id int)");
    const connection = await answerOf<callbackStyle.PoolConnection>((done) =>
      inner.getConnection(done)
    );
    await answerOf((done) => connection.beginTransaction(done));
    await answerOf((done) => connection.query("insert into t values (1)", done));
    await answerOf((done) => connection.commit(done));
    inner.releaseConnection(connection);
    assert.deepEqual(await rowsOf(pool.query("select id from t")), [{ id: 1 }]);
    const again = await answerOf<callbackStyle.PoolConnection>((done) => inner.getConnection(done));
    assert.equal(again.threadId, connection.threadId);
    again.release();
  }, { connectionLimit: 1 });

  test("changeUser is refused, whoever is told", async () => {
    await house.server.admin().query("create user other identified by 'other-password'");
    await using client = house.client({ options: { max: 1 } });
    const connection = await client.pool.getConnection();
    const inner = connection.connection as unknown as callbackStyle.PoolConnection;
    const other = { user: "other", password: "other-password", database: "" };
    const refused = { code: "INVALID_OPTION", message: /pool of its own/ };
    await assert.rejects(answerOf((done) => inner.changeUser(other, done)), refused);
    await assert.rejects(
      answerOf((done) => (inner.changeUser as (callback: typeof done) => void)(done)),
      refused,
    );
    await assert.rejects(inner.promise().changeUser(other), refused);
    assert.throws(() => inner.changeUser(other), refused);
    connection.release();
    const [[row]] = await client.pool.query<mysql.RowDataPacket[]>("select current_user() as x");
    assert.match(row!["x"], /^app@/);
  });

  onBoth("its own promise pool", async (pool) => {
    const promises = inside(pool).promise();
    assert.deepEqual(await rowsOf(promises.query("select 1 as x")), [{ x: 1 }]);
    const connection = await promises.getConnection();
    assert.deepEqual(await rowsOf(connection.query("select 2 as x")), [{ x: 2 }]);
    connection.release();
  });

  test("a version that is pushed is adopted by those who use callbacks, too", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool, source, credentials } = client;
    const inner = inside(pool);
    const connection = await answerOf<callbackStyle.PoolConnection>((done) =>
      inner.getConnection(done)
    );
    source.stages = { current: { ...source.stages.current!, versionId: "v2" } };
    await credentials.refresh("the test");
    await until(() => pool.rotation.stats().pool.versionId === "v2", "the swap");
    // Released in its middle: it comes to its end on the old connection.
    const late = answerOf((done) =>
      connection.query("select 5 as x from (select sleep(0.2)) s", done)
    );
    connection.release();
    assert.deepEqual(await within(30_000, late), [{ x: 5 }]);
    await until(() => pool.rotation.stats().pool.draining === 0, "the drain");
    const id = await answerOf<mysql.RowDataPacket[]>((done) =>
      inner.query<mysql.RowDataPacket[]>("select connection_id() as id", done)
    );
    assert.notEqual(id[0]!["id"], connection.threadId);
  });

  test("a statement of a killed session is told its error, once", async () => {
    await using client = house.client({ options: { max: 1 } });
    let calls = 0;
    const sql = "select count(*) from information_schema.columns a, " +
      "information_schema.columns b, information_schema.columns c";
    const lost = errorOf(answerOf((done) =>
      inside(client.pool).query(sql, (error) => {
        calls++;
        done(error);
      })
    ));
    await until(
      async () =>
        (await house.server.sessions({ user: "app" })).some(({ state }) => state === "active"),
      "it runs",
    );
    await house.server.terminateSessions({ user: "app" });
    assert.equal((await within(30_000, lost)).code, "PROTOCOL_CONNECTION_LOST");
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
    assert.equal(calls, 1);
  });

  test("a prepared statement that is lost while it is prepared is told its error once", async () => {
    await using proxy = await startTcpProxy(house.server);
    await using client = house.client({ at: proxy, options: { max: 1 } });
    await client.pool.query("select 1");
    let calls = 0;
    proxy.blackhole();
    // The driver itself calls back for the preparation and for the execution.
    const lost = errorOf(
      answerOf((done) =>
        inside(client.pool).execute("select ? as x", [1], (error) => {
          calls++;
          done(error);
        })
      ),
    );
    await until(() => client.pool.rotation.stats().pool.reserved === 1, "it is sent");
    proxy.reset();
    proxy.resume();
    assert.match((await within(30_000, lost)).code!, /^(ECONNRESET|PROTOCOL_CONNECTION_LOST)$/);
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
    assert.equal(calls, 1);
    await client.pool.end();
  });

  test("its end is the end of the whole, and after it nothing is taken", async () => {
    await using client = house.client();
    const inner = inside(client.pool);
    await client.pool.query("select 1");
    await within(30_000, answerOf((done) => inner.end(done)));
    for (
      const use of [
        (done: Done<unknown>) => inner.getConnection(done),
        (done: Done<unknown>) => inner.query("select 1", done),
        (done: Done<unknown>) => inner.execute("select 1", done),
      ]
    ) assert.equal((await within(30_000, errorOf(answerOf(use)))).code, "CLOSED");
    assert.equal((await errorOf(client.pool.query("select 1"))).code, "CLOSED");
  });
}
