/** Statements that fail within the driver: none runs twice, and none gets the answer to another. */

import assert from "node:assert/strict";
import type mysql from "mysql2/promise";
import type { CoreConnection } from "../../../adapters/mysql2/driver/port.ts";
import { errorOf, type StatementError, until, within } from "../outcome.ts";
import { type ClientHouse, clientHouses, innerOf, rowsOf, type TestClient } from "./fixture.ts";

/** The socket of a client's only connection. */
async function socketOf({ pool }: TestClient): Promise<{ destroy(error?: Error): void }> {
  const connection = await pool.getConnection();
  connection.release();
  return (connection.connection as unknown as CoreConnection).stream;
}

/** An empty table in which nothing is twice. */
async function table({ server }: ClientHouse): Promise<() => Promise<unknown[]>> {
  const admin = server.admin();
  await admin.query("drop table if exists app.t; create table app.t (id int, note varchar(9))");
  await admin.query("create unique index notes on app.t (note)");
  return async () => (await rowsOf(admin.query("select id from app.t"))).map(({ id }) => id);
}

/** The second row looks like the server's word that all is well. */
const rows = "select 'first' as a, 'y' as b union all select '', 'x'";

/** Throws at the first value of {@linkcode rows}. */
const typeCast: mysql.TypeCast = (field, next) => {
  if (field.name === "a") throw new Error("of the cast");
  return next();
};

/** A pool or a connection, so that the method may be a variable. */
interface Statements extends Record<"query" | "execute", (sql: unknown) => Promise<unknown>> {}

const statements = (client: unknown) => client as Statements;

/** What the driver's releases say when a value cannot be sent. */
const unsendable = /BigInt/;

for (const house of await clientHouses()) {
  const { test } = house;

  /** Has the connection break with this error under an insert. */
  const broken = async (error: Error) => {
    const ids = await table(house);
    await using client = house.client({ options: { max: 1 } });
    const socket = await socketOf(client);
    const admin = house.server.admin();
    await admin.query("do get_lock('broken', 0)");
    const sql = "insert into t (id) select 1 from (select get_lock('broken', 60)) l";
    const insert = client.pool.query(sql);
    const lost = errorOf(insert);
    await until(
      async () => (await house.server.sessions({ user: "app" })).some((s) => s.state === "active"),
      "it runs",
    );
    socket.destroy(error);
    const outcome = await within(30_000, lost);
    await admin.query("do release_lock('broken')");
    await until(
      async () => (await house.server.sessions({ user: "app" })).every((s) => s.state !== "active"),
      "it has run",
    );
    assert.ok((await ids()).length <= 1, "it has run twice");
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
    return outcome;
  };

  test("a statement that was sent is not sent again, whatever the network says", async () => {
    const codes = ["EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED", "ENETDOWN", "ECONNABORTED"];
    for (const code of codes) {
      const fault = { code, errno: -113, syscall: "read" };
      const error = await broken(Object.assign(new Error(`read ${code}`), fault));
      assert.deepEqual([error.code, error.possiblyExecuted], [code, true]);
    }
  });

  test("a connection that breaks in TLS, or without a code, may have run its statement", async () => {
    const alert = { code: "ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC" };
    const told = await broken(Object.assign(new Error("bad record mac"), alert));
    assert.deepEqual([told.code, told.possiblyExecuted], [alert.code, true]);
    const untold = await broken(new Error("something else"));
    assert.deepEqual(
      [untold.code, untold.possiblyExecuted],
      ["PROTOCOL_CONNECTION_LOST", true],
    );
  });

  test("a server's error in the driver's words is the server's", async () => {
    const ids = await table(house);
    await using client = house.client();
    for (
      const words of [
        "Pool is closed on Sundays",
        "Can't add new command when connection is in closed state",
      ]
    ) {
      await house.server.admin().query("truncate table app.t");
      await client.pool.query("drop procedure if exists closed");
      await client.pool.query(
        `create procedure closed() begin insert into t (id) values (1);
         signal sqlstate '45000' set message_text = ${client.pool.escape(words)}; end`,
      );
      const error = await errorOf(client.pool.query("call closed()"));
      assert.equal(error.message, words);
      assert.equal(error.code, "ER_SIGNAL_EXCEPTION");
      assert.deepEqual(await ids(), [1]);
    }
  });

  for (const method of ["query", "execute"] as const) {
    test(`a typeCast that throws in a ${method} leaves its rows to nobody`, async () => {
      const ids = await table(house);
      await house.server.admin().query("insert into app.t values (1, 'taken')");
      await using client = house.client({ options: { max: 1 } });
      const { pool } = client;
      const cast = errorOf(statements(pool)[method]({ sql: rows, typeCast }));
      const next = errorOf(statements(pool)[method]("insert into t values (2, 'taken')"));
      assert.equal((await within(30_000, cast)).message, "of the cast");
      assert.equal((await within(30_000, next)).code, "ER_DUP_ENTRY");
      assert.deepEqual(await ids(), [1]);
      assert.equal(pool.rotation.stats().pool.total, 1);
    });

    test(`a typeCast that throws in an owner's ${method} ends his connection`, async () => {
      const ids = await table(house);
      await house.server.admin().query("insert into app.t values (1, 'taken')");
      await using client = house.client({ options: { max: 1 } });
      const connection = await client.pool.getConnection();
      const cast = errorOf(statements(connection)[method]({ sql: rows, typeCast }));
      const next = errorOf(statements(connection)[method]("insert into t values (2, 'taken')"));
      assert.equal((await within(30_000, cast)).message, "of the cast");
      assert.equal((await within(30_000, next)).code, "PROTOCOL_CONNECTION_LOST");
      assert.equal((await errorOf(connection.query("select 1"))).possiblyExecuted, false);
      connection.release();
      assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
      assert.deepEqual(await ids(), [1]);
    });

    for (const how of ["a callback", "a stream"]) {
      test(`a typeCast that throws in a ${method} with ${how} leaves its rows to nobody`, async () => {
        await table(house);
        await house.server.admin().query("insert into app.t values (1, 'taken')");
        await using client = house.client({ options: { max: 1 } });
        const connection = await client.pool.getConnection();
        const inner = innerOf(connection);
        const statement = { sql: rows, typeCast };
        const cast = how === "a stream"
          ? errorOf(Array.fromAsync(inner[method](statement).stream()))
          : errorOf(
            new Promise((resolve, reject) =>
              inner[method](statement, (error) => error ? reject(error) : resolve(undefined))
            ),
          );
        const next = errorOf(
          new Promise((resolve, reject) =>
            inner[method](
              "insert into t values (2, 'taken')",
              (error) => error ? reject(error) : resolve(undefined),
            )
          ),
        );
        const third = errorOf(
          statements(client.pool)[method]("insert into t values (3, 'taken')"),
        );
        assert.equal((await within(30_000, cast)).message, "of the cast");
        assert.equal((await within(30_000, next)).code, "PROTOCOL_CONNECTION_LOST");
        connection.release();
        assert.equal((await within(30_000, third)).code, "ER_DUP_ENTRY");
      });
    }
  }

  test("a typeCast that throws in a prepared statement leaves its rows to nobody", async () => {
    await table(house);
    await house.server.admin().query("insert into app.t values (1, 'taken')");
    await using client = house.client({ options: { max: 1 }, driver: { typeCast } });
    const connection = await client.pool.getConnection();
    const prepared = await connection.prepare(rows);
    const cast = errorOf(prepared.execute([]));
    connection.release();
    const next = errorOf(client.pool.query("insert into t values (2, 'taken')"));
    assert.equal((await within(30_000, cast)).message, "of the cast");
    assert.equal((await within(30_000, next)).code, "ER_DUP_ENTRY");
  });

  for (const how of ["a promise", "a callback"]) {
    test(`a typeCast that throws after ${how} was told of a timeout leaves its rows to nobody`, async () => {
      await table(house);
      await house.server.admin().query("insert into app.t values (1, 'taken')");
      await using client = house.client({ options: { max: 1 } });
      const connection = await client.pool.getConnection();
      const inner = innerOf(connection);
      const sql = `select t.*, sleep(0.3) as s from (${rows}) t`;
      const late = { sql, typeCast, timeout: 50 };
      const error = errorOf(
        how === "a promise" ? connection.query(late) : new Promise((resolve, reject) => {
          inner.query(late, (error) => error ? reject(error) : resolve(undefined));
        }),
      );
      connection.release();
      const next = errorOf(client.pool.query("insert into t values (2, 'taken')"));
      assert.equal((await within(30_000, error)).code, "PROTOCOL_SEQUENCE_TIMEOUT");
      assert.equal((await within(30_000, next)).code, "ER_DUP_ENTRY");
    });
  }

  test("a reader that throws while the rows are read loses the connection, and nobody else", async () => {
    await table(house);
    await house.server.admin().query("insert into app.t values (1, 'taken')");
    await using client = house.client({ options: { max: 1 } });
    const connection = await client.pool.getConnection();
    const inner = innerOf(connection);
    const read = new Promise((resolve, reject) => {
      const command = inner.query(rows);
      command.on("error", reject);
      command.on("end", resolve);
      command.on("result", () => {
        throw new Error("of the reader");
      });
    });
    const error: StatementError = await within(30_000, errorOf(read));
    assert.equal(error.message, "of the reader");
    connection.release();
    const next = errorOf(client.pool.query("insert into t values (2, 'taken')"));
    assert.equal((await within(30_000, next)).code, "ER_DUP_ENTRY");
  });

  test("a value that cannot be sent rejects each time, and its connection is given back", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    for (let n = 0; n < 3; n++) {
      const error = await within(30_000, errorOf(pool.execute("select ? as x", [{ id: 1n }])));
      assert.match(error.message, unsendable);
    }
    assert.deepEqual(await within(30_000, rowsOf(pool.query("select 1 as x"))), [{ x: 1 }]);
    assert.equal(pool.rotation.stats().pool.total, 1);
  });

  test("a value that cannot be sent leaves its owner the transaction", async () => {
    const ids = await table(house);
    await using client = house.client({ options: { max: 1 } });
    const connection = await client.pool.getConnection();
    await connection.beginTransaction();
    await connection.execute("insert into t (id) values (?)", [1]);
    for (let n = 0; n < 3; n++) {
      const wrong = connection.execute("insert into t (id) values (?)", [{ id: 1n }]);
      assert.match((await within(30_000, errorOf(wrong))).message, unsendable);
    }
    await connection.commit();
    connection.release();
    assert.deepEqual(await ids(), [1]);
    assert.deepEqual(await within(30_000, rowsOf(client.pool.query("select 1 as x"))), [{ x: 1 }]);
  });

  for (const how of ["a callback", "a stream"]) {
    test(`a value that cannot be sent with ${how} fails each time, and its connection is given back`, async () => {
      await using client = house.client({ options: { max: 1 } });
      for (let n = 0; n < 3; n++) {
        const connection = await within(30_000, client.pool.getConnection());
        const inner = innerOf(connection);
        const [sql, values] = ["select ? as x", [{ id: 1n }]] as const;
        const failed = how === "a stream"
          ? errorOf(Array.fromAsync(inner.execute(sql, values as never).stream()))
          : errorOf(
            new Promise((resolve, reject) =>
              inner.execute(
                sql,
                values as never,
                (error) => error ? reject(error) : resolve(undefined),
              )
            ),
          );
        assert.match((await within(30_000, failed)).message, unsendable);
        connection.release();
      }
      const answer = rowsOf(client.pool.query("select 1 as x"));
      assert.deepEqual(await within(30_000, answer), [{ x: 1 }]);
    });
  }

  test("values that throw while they are written down reject, and nothing was sent", async () => {
    await using client = house.client({ options: { max: 1 }, driver: { namedPlaceholders: true } });
    const { pool } = client;
    const fail = (): never => {
      throw new Error("of the value");
    };
    const named = Object.defineProperty({}, "x", { get: fail, enumerable: true });
    const { threadId } = await pool.getConnection().then((connection) => {
      connection.release();
      return connection;
    });
    for (let n = 0; n < 2; n++) {
      const failed: Promise<unknown>[] = [
        pool.query("select :x as x", named),
        pool.execute("select :x as x", named),
        pool.query("select ? as x", [{ toSqlString: fail }]),
        pool.execute("select ? as x", [{ toJSON: fail } as never]),
      ];
      for (const one of failed) {
        assert.equal((await within(30_000, errorOf(one))).message, "of the value");
      }
    }
    const [row] = await within(30_000, rowsOf(pool.query("select connection_id() as id")));
    assert.equal(row!["id"], threadId);
  });
}
