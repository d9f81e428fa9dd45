/** Statements: how they are put together, and what comes back. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import postgres from "postgres";
import { clientHouse, onBoth } from "./fixture.ts";
import { errorOf } from "../outcome.ts";

const house = clientHouse();

onBoth(house, "fragments nest, come in arrays and can be used again", async (sql) => {
  const two = sql`, ${2}::int as b`;
  assert.deepEqual([...await sql`select 1 as a ${two}`], [{ a: 1, b: 2 }]);
  assert.deepEqual([...await sql`select ${sql`${sql`${5}::int`} + 1`} as b`], [{ b: 6 }]);
  const conditions = [sql`where ${true}`, sql`and ${1}::int = 1`];
  assert.deepEqual([...await sql`select 1 as x ${conditions}`], [{ x: 1 }]);
  const seven = sql`${7}::int`;
  assert.deepEqual([...await sql`select ${seven} as a, ${seven} as b`], [{ a: 7, b: 7 }]);
  assert.deepEqual([...await sql`select ${seven} as c`], [{ c: 7 }]);
  assert.deepEqual([...await sql`select ${sql.unsafe("1 + 1")} as x`], [{ x: 2 }]);
});

onBoth(house, "identifiers are quoted", async (sql) => {
  assert.deepEqual([...await sql`select 1 as ${sql('My"Col')}`], [{ 'My"Col': 1 }]);
  const [row] = await sql`select 1 from ${sql("pg_catalog.pg_class")} limit 1`;
  assert.equal(Object.values(row!)[0], 1);
});

onBoth(house, "helpers insert, update, list and choose columns", async (sql) => {
  await sql`create temp table h (id int, a text, b text)`;
  const rows = [{ id: 1, a: "x", b: "y" }, { id: 2, a: "z", b: null }];
  assert.equal((await sql`insert into h ${sql(rows)} returning id`).length, 2);
  // The driver's types do not know that a value may be a fragment.
  const upper = sql`upper(${"q"})` as unknown as string;
  const [inserted] = await sql`insert into h ${sql({ id: 3, a: upper, b: "w" })} returning a`;
  assert.equal(inserted!.a, "Q");
  assert.equal((await sql`update h set ${sql({ a: "k", b: "l" }, "a")} where id = 1`).count, 1);
  const lower = sql`lower('ZZ')` as unknown as string;
  await sql`update h set ${sql({ b: lower })} where id = 1`;
  assert.deepEqual([...await sql`select * from h where id = 1`], [{ id: 1, a: "k", b: "zz" }]);
  assert.equal((await sql`select * from h where id in ${sql([1, 2])}`).length, 2);
  assert.equal((await sql`select * from h where id in ${sql([])}`).length, 0);
  assert.deepEqual(Object.keys((await sql`select ${sql(["id", "a"])} from h`)[0]!), ["id", "a"]);
}, { max: 1 });

onBoth(house, "unsafe takes values, prepares, and runs several statements", async (sql) => {
  assert.deepEqual([...await sql.unsafe("select $1::int, 2", [4]).values()], [[4, 2]]);
  const prepared = () => sql.unsafe("select $1::int as x", [4], { prepare: true });
  assert.deepEqual([...await prepared()], [{ x: 4 }]);
  assert.deepEqual([...await prepared()], [{ x: 4 }]);
  const names = await sql`select count(*)::int as n from pg_prepared_statements
    where statement like ${"select $1::int as x%"}`;
  assert.equal(names[0]!.n, 1);
  const several = await sql.unsafe("select 1 as a; select 2 as b");
  assert.deepEqual(several.map((result) => [...result as Iterable<unknown>]), [[{ a: 1 }], [{
    b: 2,
  }]]);
}, { max: 1 });

onBoth(house, "a statement can be simple", async (sql) => {
  const several = await sql`select 1 as a; select 2 as a`.simple();
  assert.equal(several.length, 2);
  assert.deepEqual([...await sql`select 3 as a`.simple()], [{ a: 3 }]);
});

onBoth(house, "rows come raw, as arrays, and one at a time", async (sql) => {
  const [raw] = await sql`select 1`.raw();
  assert.ok(Buffer.isBuffer(raw![0]));
  assert.deepEqual([...await sql`select 1, ${"a"}::text`.values()], [[1, "a"]]);
  const seen: number[] = [];
  const result = await sql`select generate_series(1, ${5}::int) as n`.forEach((row) =>
    seen.push(row.n)
  );
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  assert.equal(result.count, 5);
});

onBoth(house, "describe asks for types without running", async (sql) => {
  const statement = await sql`select ${1}::int as x, 1 / 0 as y`.describe();
  assert.deepEqual(statement.types, [23]);
  assert.deepEqual(statement.columns.map(({ name }) => name), ["x", "y"]);
  assert.deepEqual((await sql`set search_path to public`.describe()).columns, []);
  assert.deepEqual([...await sql`select ${1}::int as x`], [{ x: 1 }]);
});

onBoth(house, "a result knows its count, command, columns, state and statement", async (sql) => {
  const result = await sql`select ${1}::int as x union all select 2`;
  assert.equal(result.count, 2);
  assert.equal(result.command, "SELECT");
  assert.deepEqual(result.columns.map(({ name, type }) => [name, type]), [["x", 23]]);
  assert.equal(typeof result.state.pid, "number");
  assert.match(result.statement.string, /^select \$1::int as x/);
  assert.equal((await sql`create temp table c ()`).command, "CREATE TABLE");
});

onBoth(house, "an error carries the server's fields, and its statement unseen", async (sql) => {
  const error = await errorOf(sql`select 1 / ${0}::int`);
  assert.ok(error instanceof sql.PostgresError);
  assert.ok(error instanceof postgres.PostgresError);
  assert.equal(error.code, "22012");
  assert.equal(error.severity, "ERROR");
  assert.equal(error.query, "select 1 / $1::int");
  assert.deepEqual(error.parameters, ["0"]);
  for (const name of ["query", "parameters", "args", "types"]) {
    assert.equal(Object.getOwnPropertyDescriptor(error, name)?.enumerable, false, name);
  }
  assert.match(error.stack!, /surface_statements_test/);
});

onBoth(house, "a value that is undefined, and one that cannot be written, reject", async (sql) => {
  const missing = await errorOf(sql`select ${undefined as unknown as string}`);
  assert.equal(missing.code, "UNDEFINED_VALUE");
  const invalid = await errorOf(sql`select ${new Date(NaN)}`);
  assert.ok(invalid instanceof RangeError);
  assert.deepEqual([...await sql`select ${1}::int as x`], [{ x: 1 }]);
}, { max: 1 });

onBoth(house, "a statement is a promise, runs once, and not before it is wanted", async (sql) => {
  await sql`create temp sequence runs`;
  const statement = sql`select nextval('runs')::int as n`;
  assert.ok(statement instanceof Promise);
  await sql`select 1`;
  const [first] = await statement;
  const [second] = await statement;
  assert.deepEqual([first!.n, second!.n], [1, 1]);
  const executed = sql`select nextval('runs')::int as n`.execute();
  assert.equal((await sql`select nextval('runs')::int as n`)[0]!.n, 3);
  assert.equal((await executed)[0]!.n, 2);
  assert.equal(await sql`select nope`.catch((error) => error.code), "42703");
  let ended = false;
  await sql`select 1`.finally(() => ended = true);
  assert.ok(ended);
}, { max: 1 });

onBoth(house, "of a thousand mixed statements each gets its own result", async (sql) => {
  const results = await Promise.all(Array.from({ length: 1_000 }, (_, i) => {
    const statement = i % 5 === 0
      ? sql`select 1 / 0 as x`
      : i % 5 === 1
      ? sql`select ${i}::int / ${0}::int as x`
      : i % 5 === 2
      ? sql.unsafe(`select ${i} as x`)
      : i % 5 === 3
      ? sql.unsafe("select $1::int as x", [i], { prepare: true })
      : sql`select ${i}::int as x`;
    return statement.then((rows) => rows[0]!.x, (error) => error.code);
  }));
  assert.deepEqual(results, results.map((_, i) => i % 5 < 2 ? "22012" : i));
});

onBoth(house, "a file's text runs, and a missing file rejects", async (sql) => {
  const path = await Deno.makeTempFile({ suffix: ".sql" });
  try {
    await Deno.writeTextFile(path, "select $1::int + 1 as x");
    assert.deepEqual([...await sql.file(path, [41])], [{ x: 42 }]);
    await Deno.writeTextFile(path, "select 1 as a; select 2 as a");
    assert.equal((await sql.file(path)).length, 2);
    const [inside] = await sql.begin((sql) => [sql.file(path)]);
    assert.equal(inside.length, 2);
  } finally {
    await Deno.remove(path);
  }
  assert.equal((await errorOf(sql.file(path))).code, "ENOENT");
});
