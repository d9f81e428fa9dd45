/** `getConnection` and what a connection can do, `end`, and the events of the pool. */

import assert from "node:assert/strict";
import process from "node:process";
import type mysql from "mysql2/promise";
import { errorOf, until, within } from "../outcome.ts";
import { clientHouses, innerOf, rowsOf, sessionOf } from "./fixture.ts";

/** A table of its own, and what is in it. */
async function table(pool: mysql.Pool) {
  await pool.query("drop table if exists t");
  await pool.query("create table t (id int)");
  return async () => (await rowsOf(pool.query("select id from t order by id"))).map(({ id }) => id);
}

for (const house of await clientHouses()) {
  const { onBoth, test } = house;

  onBoth("a connection keeps its session until it is released", async (pool) => {
    const connection = await pool.getConnection();
    await connection.query("set @mine = 5");
    assert.deepEqual(await rowsOf(connection.query("select @mine as x")), [{ x: 5 }]);
    assert.deepEqual(await rowsOf(connection.execute("select ? as x", ["y"])), [{ x: "y" }]);
    assert.equal(connection.threadId, await sessionOf(connection));
    assert.equal(connection.config.host, house.server.host);
    assert.equal(await connection.ping(), true);
    await connection.reset();
    assert.deepEqual(await rowsOf(connection.query("select @mine as x")), [{ x: null }]);
    const statement = await connection.prepare("select ? as x");
    const [rows] = await statement.execute(["z"]) as [unknown, unknown];
    assert.deepEqual(rows, [{ x: "z" }]);
    await statement.close();
    const session = connection.threadId;
    connection.release();
    assert.equal(await sessionOf(pool), session);
  }, { connectionLimit: 1 });

  onBoth("begin, commit and rollback", async (pool) => {
    const ids = await table(pool);
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    await connection.query("insert into t values (1)");
    await connection.commit();
    await connection.beginTransaction();
    await connection.query("insert into t values (2)");
    await connection.rollback();
    await connection.query("start transaction read only");
    const { code } = await errorOf(connection.query("insert into t values (3)"));
    assert.equal(code, "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION");
    await connection.rollback();
    connection.release();
    assert.deepEqual(await ids(), [1]);
  });

  onBoth("a connection that is destroyed is replaced", async (pool) => {
    const connection = await pool.getConnection();
    const session = await sessionOf(connection);
    connection.destroy();
    await until(
      async () => !(await house.server.sessions()).some(({ id }) => id === session),
      "the session ends",
    );
    assert.notEqual(await sessionOf(pool), session);
    connection.release();
    connection.destroy();
    assert.notEqual(await sessionOf(pool), session);
  }, { connectionLimit: 1 });

  onBoth("releaseConnection and the end of a scope release it", async (pool) => {
    const first = await pool.getConnection();
    pool.releaseConnection(first);
    {
      await using second = await pool.getConnection();
      assert.equal(second.threadId, first.threadId);
    }
    assert.equal(await sessionOf(pool), first.threadId);
  }, { connectionLimit: 1 });

  onBoth("events tell of connections and of waiting", async (pool) => {
    const told: string[] = [];
    for (const event of ["connection", "acquire", "enqueue", "release"] as const) {
      pool.on(event as "connection", () => told.push(event));
    }
    const connection = await pool.getConnection();
    const waiting = pool.query("select 1");
    assert.equal(told.at(-1), "enqueue");
    connection.release();
    await waiting;
    await until(() => told.at(-1) === "release", "the last release");
    assert.deepEqual(new Set(told), new Set(["connection", "acquire", "enqueue", "release"]));
    assert.equal(told.filter((event) => event === "connection").length, 1);
    const before = told.length;
    await pool.query("select 1");
    await until(() => told.length === before + 2, "acquire and release");
    assert.deepEqual(told.slice(before), ["acquire", "release"]);
  }, { connectionLimit: 1 });

  test("a listener that throws breaks nothing, and a warning tells of it", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    const events = ["connection", "acquire", "enqueue", "release"];
    const heard = new Set<unknown>();
    const hear = (warning: Error) => {
      assert.match(warning.message, /listener of the event "\w+" of a rotating pool threw/);
      heard.add(warning.cause);
    };
    process.on("warning", hear);
    try {
      for (const event of events) {
        pool.on(event as "connection", () => {
          throw event;
        });
      }
      // The second waits for the first.
      await within(30_000, Promise.all([pool.query("select 1"), pool.query("select 2")]));
      const connection = await within(30_000, pool.getConnection());
      const waiting = pool.getConnection();
      connection.release();
      (await within(30_000, waiting)).release();
      await until(() => heard.size === events.length, "a warning for each event");
      assert.deepEqual(heard, new Set(events));
      const { total, idle, waiting: waits } = pool.rotation.stats().pool;
      assert.deepEqual({ total, idle, waits }, { total: 1, idle: 1, waits: 0 });
    } finally {
      process.off("warning", hear);
    }
  });

  test("a listener that the factory adds hears of each connection once", async () => {
    const told: string[] = [];
    await using client = house.client({
      options: { max: 1 },
      made: (pool) => {
        for (const event of ["connection", "acquire", "release"]) {
          pool.on(event as "connection", () => told.push(event));
        }
      },
    });
    await client.pool.query("select 1");
    assert.deepEqual(told, ["connection", "acquire", "release"]);
  });

  onBoth("what is sent at the event of a new connection comes before all else", async (pool) => {
    pool.on("connection", (connection) => void connection.query("set @greeting = 'hello'"));
    const rows = await Promise.all(
      Array.from({ length: 12 }, () => rowsOf(pool.query("select @greeting as x"))),
    );
    assert.deepEqual(rows.map(([row]) => row!["x"]), rows.map(() => "hello"));
  });

  onBoth("resetOnRelease gives the next owner a new session", async (pool) => {
    const connection = await pool.getConnection();
    await connection.query("set @mine = 5");
    connection.release();
    const next = await pool.getConnection();
    assert.deepEqual(await rowsOf(next.query("select @mine as x")), [{ x: null }]);
    await next.query("set @mine = 6");
    next.release();
    assert.deepEqual(await rowsOf(pool.query("select @mine as x")), [{ x: null }]);
    await pool.query("set @mine = 7");
    assert.deepEqual(await rowsOf(pool.query("select @mine as x")), [{ x: null }]);
  }, { connectionLimit: 1, resetOnRelease: true } as mysql.PoolOptions);

  onBoth("a pool ends with its scope", async (pool) => {
    {
      await using scoped = pool;
      await scoped.query("select 1");
    }
    await pool[Symbol.asyncDispose]();
    assert.ok(await errorOf(pool.query("select 1")) instanceof Error);
  });

  test("end of a connection is its release, and changeUser is refused", async () => {
    await using client = house.client({ options: { max: 1 } });
    const connection = await client.pool.getConnection();
    const error = await errorOf(connection.changeUser({ user: "root" }));
    assert.equal(error.code, "INVALID_OPTION");
    assert.match(error.message, /pool of its own/);
    const session = connection.threadId;
    await (connection as unknown as mysql.Connection).end();
    assert.equal(await sessionOf(client.pool), session);
  });

  test("a connection that was released takes nothing any more", async () => {
    await using client = house.client({ options: { max: 1 } });
    const connection = await client.pool.getConnection();
    const prepared = await connection.prepare("select ? as x");
    connection.release();
    const next = await client.pool.getConnection();
    assert.equal(next.threadId, connection.threadId);
    const uses: Record<string, () => Promise<unknown>> = {
      query: () => connection.query("select 1"),
      execute: () => connection.execute("select 1"),
      begin: () => connection.beginTransaction(),
      commit: () => connection.commit(),
      rollback: () => connection.rollback(),
      ping: () => connection.ping(),
      reset: () => connection.reset(),
      prepare: () => connection.prepare("select 1"),
      prepared: () => prepared.execute([1]),
    };
    for (const [name, use] of Object.entries(uses)) {
      const error = await within(30_000, errorOf(use()), name);
      assert.equal(error.code, "CLOSED", name);
      assert.match(error.message, /was released/, name);
      assert.equal(error.possiblyExecuted, false, name);
    }
    connection.destroy();
    connection.release();
    assert.deepEqual(await rowsOf(next.query("select 1 as x")), [{ x: 1 }]);
    // The driver has the same for the same text.
    await prepared.close();
    assert.deepEqual(await rowsOf(next.execute("select ? as x", [2])), [{ x: 2 }]);
    assert.equal(client.pool.rotation.stats().pool.reserved, 1);
    next.release();
  });

  test("statements that open a transaction are sent once more on another connection", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    const ids = await table(pool);
    const lost = () => until(() => pool.rotation.stats().pool.total === 0, "the loss");
    const openers: ((connection: mysql.PoolConnection) => Promise<unknown>)[] = [
      (connection) => connection.beginTransaction(),
      (connection) => connection.query("begin"),
      async (connection) => {
        await connection.query("set transaction isolation level serializable");
        await house.server.terminateSessions({ user: "app" });
        await lost();
        await connection.query("start transaction with consistent snapshot, read write");
      },
    ];
    for (const [id, open] of openers.entries()) {
      const connection = await pool.getConnection();
      const { threadId } = connection;
      if (id < 2) {
        await house.server.terminateSessions({ user: "app" });
        await lost();
      }
      await open(connection);
      assert.notEqual(connection.threadId, threadId);
      await connection.query("insert into t values (?)", [id]);
      await connection.commit();
      connection.release();
    }
    assert.deepEqual(await ids(), [0, 1, 2]);
    assert.equal(pool.rotation.stats().pool.reserved, 0);
  });

  for (const max of [1, 3]) {
    test(`statements that open a transaction at the same time share a connection out of ${max}`, async () => {
      await using client = house.client({ options: { max } });
      const { pool } = client;
      const ids = await table(pool);
      const connection = await pool.getConnection();
      await connection.query("set transaction read write");
      await house.server.terminateSessions({ user: "app" });
      await until(() => pool.rotation.stats().pool.total === 0, "the loss");
      const outcomes = await within(
        5_000,
        Promise.allSettled([
          connection.query("set transaction isolation level nonsense"),
          connection.query("set session transaction isolation level serializable"),
          connection.beginTransaction(),
        ]),
      );
      assert.deepEqual(outcomes.map(({ status }) => status), [
        "rejected",
        "fulfilled",
        "fulfilled",
      ]);
      await connection.query("insert into t values (1)");
      const levels = await rowsOf(
        connection.query(
          "show variables where Variable_name in ('transaction_isolation', 'tx_isolation')",
        ),
      );
      assert.deepEqual(levels.map(({ Value }) => Value), ["SERIALIZABLE"]);
      await connection.rollback();
      connection.release();
      assert.deepEqual(await ids(), []);
      assert.equal(pool.rotation.stats().pool.reserved, 0);
    });
  }

  test("a session that was set up in another way is not begun anew", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    for (const first of ["set @mine = 5", "select 1", "set session sql_mode = ''"]) {
      const connection = await pool.getConnection();
      await connection.query(first);
      await house.server.terminateSessions({ user: "app" });
      await until(() => pool.rotation.stats().pool.total === 0, "the loss");
      const error = await errorOf(connection.beginTransaction());
      assert.equal(error.code, "PROTOCOL_CONNECTION_LOST", first);
      assert.equal(error.possiblyExecuted, false, first);
      connection.release();
    }
  });

  test("what was set up on the connection inside is not begun anew, either", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    const ids = await table(pool);
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    await new Promise((resolve) => innerOf(connection).query("insert into t values (1)", resolve));
    await house.server.terminateSessions({ user: "app" });
    await until(() => pool.rotation.stats().pool.total === 0, "the loss");
    // It would commit what was inserted.
    const { code, possiblyExecuted } = await errorOf(connection.beginTransaction());
    assert.deepEqual([code, possiblyExecuted], ["PROTOCOL_CONNECTION_LOST", false]);
    connection.release();
    assert.deepEqual(await ids(), []);
  });

  for (const when of ["at once", "while another connection is waited for"]) {
    test(`a transaction whose other statements were sent ${when} fails whole`, async () => {
      await using client = house.client({ options: { max: 1 } });
      const { pool } = client;
      const ids = await table(pool);
      const connection = await pool.getConnection();
      await house.server.terminateSessions({ user: "app" });
      await until(() => pool.rotation.stats().pool.total === 0, "the loss");
      const other = await pool.getConnection();
      const begun = errorOf(connection.beginTransaction());
      if (when !== "at once") {
        await until(() => pool.rotation.stats().pool.waiting === 1, "another connection");
      }
      const rest = [connection.query("insert into t values (1)"), connection.commit()].map(errorOf);
      // There is but one, and it is there for the next owner, whoever that is.
      other.release();
      for (const error of await within(30_000, Promise.all([begun, ...rest]))) {
        assert.equal(error.code, "PROTOCOL_CONNECTION_LOST");
        assert.equal(error.possiblyExecuted, false);
      }
      // As the error says that it was rolled back, nobody needs to.
      connection.release();
      await pool.query("insert into t values (2)");
      await house.server.terminateSessions({ user: "app" });
      assert.deepEqual(await ids(), [2]);
      assert.equal(pool.rotation.stats().pool.reserved, 0);
    });
  }

  test("a connection that is released in the middle of a prepared statement is in use until its end", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool, source, credentials } = client;
    const connection = await pool.getConnection();
    // Longer than a connection without work may take to close.
    const statement = await connection.prepare("select sleep(?) as x");
    // A further one: the driver has the same statement for the same text.
    const again = await connection.prepare("select sleep(?) as x");
    await again.execute([0]);
    const late = statement.execute([2.5]) as Promise<[mysql.RowDataPacket[], unknown]>;
    connection.release();
    const { idle, reserved } = pool.rotation.stats().pool;
    assert.deepEqual({ idle, reserved }, { idle: 0, reserved: 1 });
    source.stages = { current: { ...source.stages.current!, versionId: "v2" } };
    await credentials.refresh("the test");
    await until(() => pool.rotation.stats().pool.versionId === "v2", "the swap");
    assert.deepEqual((await within(30_000, late))[0], [{ x: 0 }]);
    await until(() => pool.rotation.stats().pool.draining === 0, "the drain");
  });

  test("connections that are closed say goodbye to the server", async () => {
    const aborted = async () => {
      const [row] = await rowsOf(
        house.server.admin().query("show global status like 'Aborted_clients'"),
      );
      return Number(row!["Value"]);
    };
    // Others may still be closing, and are counted when they have.
    await until(
      async () => (await house.server.sessions()).length === 0,
      "the sessions of the tests before end",
    );
    let before = await aborted();
    await until(async () => before === (before = await aborted()), "nothing is counted any more");
    await using client = house.client({ options: { max: 2, maxLifetimeMs: 50 } });
    await Promise.all([client.pool.query("do sleep(0.1)"), client.pool.query("do sleep(0.1)")]);
    await until(() => client.pool.rotation.stats().pool.total === 0, "the end of their lifetime");
    await client.pool.query("select 1");
    await client.pool.end();
    await until(async () => (await house.server.sessions({ user: "app" })).length === 0, "the end");
    assert.equal(await aborted(), before);
  });

  test("a commit that is lost on its way says that it may have happened", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    await table(pool);
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    await connection.query("insert into t values (1)");
    // A lock on commits, as a backup takes it.
    await house.server.admin().query("flush tables with read lock");
    try {
      const commit = errorOf(connection.commit());
      await until(
        async () =>
          (await house.server.sessions({ user: "app" })).some(({ state }) => state === "active"),
        "the commit is under way",
      );
      await house.server.terminateSessions({ user: "app" });
      const error = await within(30_000, commit);
      assert.equal(error.possiblyExecuted, true);
    } finally {
      await house.server.admin().query("unlock tables");
    }
    connection.release();
    assert.deepEqual(await rowsOf(pool.query("select 1 as x")), [{ x: 1 }]);
  });
}
