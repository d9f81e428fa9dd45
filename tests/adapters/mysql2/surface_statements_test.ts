/** `query` and `execute` with what the driver offers: the same as the bare driver. */

import assert from "node:assert/strict";
import type mysql from "mysql2/promise";
import { errorOf, type StatementError, until } from "../outcome.ts";
import { clientHouses, rowsOf } from "./fixture.ts";

for (const house of await clientHouses()) {
  const { onBoth, test } = house;

  onBoth("query and execute give rows and fields", async (pool) => {
    const [rows, fields] = await pool.query("select ? as a, ? as b", [1, "it's"]);
    assert.deepEqual(rows, [{ a: 1, b: "it's" }]);
    assert.deepEqual(fields.map(({ name }) => name), ["a", "b"]);
    const [prepared] = await pool.execute("select ? as a, 2 as b", ["x"]);
    assert.deepEqual(prepared, [{ a: "x", b: 2 }]);
    assert.deepEqual(await rowsOf(pool.query("select 1 as x")), [{ x: 1 }]);
    assert.deepEqual(await rowsOf(pool.execute("select 1 as x")), [{ x: 1 }]);
  });

  onBoth("statements may be objects, with their options in them", async (pool) => {
    const sql = "select 1 as a, 2 as b";
    assert.deepEqual(await rowsOf(pool.query({ sql, rowsAsArray: true })), [[1, 2]]);
    assert.deepEqual(await rowsOf(pool.execute({ sql, rowsAsArray: true })), [[1, 2]]);
    assert.deepEqual(await rowsOf(pool.query({ sql: "select ? as x", values: [5] })), [{ x: 5 }]);
    assert.deepEqual(await rowsOf(pool.query({ sql: "select ? as x" }, [6])), [{ x: 6 }]);
    const typeCast = (field: { readonly name: string }, next: () => unknown) =>
      field.name === "b" ? "cast" : next();
    assert.deepEqual(await rowsOf(pool.query({ sql, typeCast })), [{ a: 1, b: "cast" }]);
    const nested = { sql: "select t.a, u.a from (select 1 as a) t, (select 2 as a) u" };
    const nestTables = await rowsOf(pool.query({ ...nested, nestTables: true }));
    assert.deepEqual(nestTables, [{ t: { a: 1 }, u: { a: 2 } }]);
    const underlined = await rowsOf(pool.query({ ...nested, nestTables: "_" }));
    assert.deepEqual(underlined, [{ t_a: 1, u_a: 2 }]);
  });

  onBoth("named placeholders, as an option of the pool", async (pool) => {
    const values = { a: 1, b: "two" };
    assert.deepEqual(await rowsOf(pool.query("select :a as a, :b as b", values)), [values]);
    assert.deepEqual(await rowsOf(pool.execute("select :b as b", values)), [{ b: "two" }]);
    assert.deepEqual(await rowsOf(pool.query("select ? as a", [1])), [{ a: 1 }]);
  }, { namedPlaceholders: true });

  onBoth("typeCast, rowsAsArray and dateStrings, as options of the pool", async (pool) => {
    const rows = await rowsOf(pool.query("select 7 as n, cast('2026-01-31' as date) as d"));
    assert.deepEqual(rows, [["7!", "2026-01-31"]]);
  }, {
    rowsAsArray: true,
    dateStrings: true,
    typeCast: (field: { readonly name: string; string(): string | null }, next: () => unknown) =>
      field.name === "n" ? `${field.string()}!` : next(),
  });

  onBoth("several statements in one text", async (pool) => {
    const [results] = await pool.query("select 1 as a; select 2 as b; do 0");
    const [first, second] = results as mysql.RowDataPacket[][];
    assert.deepEqual([first, second], [[{ a: 1 }], [{ b: 2 }]]);
    // The first that fails ends them, and the next answer is the next statement's own.
    assert.equal((await errorOf(pool.query("select 1; select nope"))).code, "ER_BAD_FIELD_ERROR");
    assert.deepEqual(await rowsOf(pool.query("select 3 as c")), [{ c: 3 }]);
  }, { multipleStatements: true, connectionLimit: 1 });

  onBoth("inserts tell their ids, procedures give all their results", async (pool) => {
    await pool.query("drop table if exists counted");
    await pool.query("create table counted (id int auto_increment primary key, text text)");
    const [header] = await pool.query<mysql.ResultSetHeader>(
      "insert into counted (text) values ?",
      [[["a"], ["b"]]],
    );
    assert.equal(header.affectedRows, 2);
    assert.equal(header.insertId, 1);
    await pool.query("drop procedure if exists both_of_them");
    await pool.query("create procedure both_of_them() begin select 1 as a; select 2 as b; end");
    const [results] = await pool.query("call both_of_them()");
    assert.deepEqual((results as unknown[]).slice(0, 2), [[{ a: 1 }], [{ b: 2 }]]);
  });

  onBoth("a large statement and a large answer", async (pool) => {
    const text = "x".repeat(3_000_000);
    const [row] = await rowsOf(pool.query("select ? as text", [text]));
    assert.equal(row!["text"], text);
    const [length] = await rowsOf(pool.execute("select length(?) as n", [text]));
    assert.equal(length!["n"], text.length);
  });

  onBoth("escape, escapeId and format are the driver's own", async (pool) => {
    assert.equal(pool.escape("it's"), "'it\\'s'");
    assert.equal(pool.escapeId("a`b.c"), "`a``b`.`c`");
    assert.equal(pool.format("select ?, ??", ["x", "y"]), "select 'x', `y`");
    const connection = await pool.getConnection();
    assert.equal(connection.escape("it's"), "'it\\'s'");
    assert.equal(connection.escapeId("id"), "`id`");
    assert.equal(connection.format("select ?", [1]), "select 1");
    connection.release();
  });

  onBoth(
    "values that cannot be sent reject, and the connection is as good as before",
    async (pool) => {
      const never = undefined as unknown as string;
      assert.match((await errorOf(pool.execute("select ?", [never]))).message, /undefined/);
      const throwing = {
        toSqlString() {
          throw new Error("of the value");
        },
      };
      assert.equal((await errorOf(pool.query("select ?", [throwing]))).message, "of the value");
      assert.deepEqual(await rowsOf(pool.query("select 1 as x")), [{ x: 1 }]);
      assert.equal((await errorOf(pool.execute("select nope"))).code, "ER_BAD_FIELD_ERROR");
      assert.deepEqual(await rowsOf(pool.execute("select 2 as x")), [{ x: 2 }]);
    },
    { connectionLimit: 1 },
  );

  onBoth("a callback is refused as the driver does", (pool) => {
    const callback = (() => {}) as unknown as string[];
    assert.throws(() => pool.query("select 1", callback), /Callback function is not available/);
    assert.throws(() => pool.execute("select 1", callback), /Callback function is not available/);
    return Promise.resolve();
  });

  test("a statement that has timed out does not give its connection to the next too early", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    await pool.query("select 1");
    // It is late for as long as the administrator has the lock.
    const admin = house.server.admin();
    await admin.query("do get_lock('late', 0)");
    const sql = "select 1 as late from (select get_lock('late', 60)) l";
    const error: StatementError = await errorOf(pool.query({ sql, timeout: 50 }));
    assert.equal(error.code, "PROTOCOL_SEQUENCE_TIMEOUT");
    const next = rowsOf(pool.query("select 2 as x"));
    await until(() => pool.rotation.stats().pool.waiting === 1, "the next waits");
    await admin.query("do release_lock('late')");
    assert.deepEqual(await next, [{ x: 2 }]);
    assert.deepEqual(client.events.filter(({ type }) => type === "connection-lost"), []);
  });

  test("many statements at once each get their own answer", async () => {
    await using client = house.client();
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        const [row] = await rowsOf(
          n % 2
            ? client.pool.query("select ? as n", [n])
            : client.pool.execute("select ? as n", [n]),
        );
        return Number(row!["n"]);
      }),
    );
    assert.deepEqual(answers, answers.map((_, n) => n));
  });
}
