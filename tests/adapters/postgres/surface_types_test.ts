/** Types, transforms, parameters of the server, and what the compiler knows of them. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import postgres from "postgres";
import { rotatingPostgres } from "../../../adapters/postgres/mod.ts";
import { credentialProvider } from "../../../core/provider/provider.ts";
import { clientHouse, onBoth } from "./fixture.ts";
import { StagedSource } from "../staged_source.ts";
import { errorOf, until } from "../outcome.ts";

const house = clientHouse();

interface Rect {
  readonly width: number;
  readonly height: number;
}

const rect = {
  to: 1043,
  from: [1043],
  serialize: ({ width, height }: Rect) => `${width}x${height}`,
  parse(text: string): Rect {
    const [width, height] = text.split("x").map(Number);
    return { width: width!, height: height! };
  },
};

onBoth(house, "values of every built-in type go there and back", async (sql) => {
  const when = new Date("2026-01-02T03:04:05.678Z");
  const [row] = await sql`select ${when}::timestamptz as t, ${Buffer.from("ab")}::bytea as b,
    ${true}::boolean as f, ${1.5}::float8 as n, ${null}::int as z, ${"é"}::text as s,
    ${sql.json({ a: [1, { b: null }] })}::jsonb as j, ${sql.typed("7", 23)} as i`;
  assert.deepEqual(row, {
    t: when,
    b: Buffer.from("ab"),
    f: true,
    n: 1.5,
    z: null,
    s: "é",
    j: { a: [1, { b: null }] },
    i: 7,
  });
});

onBoth(house, "arrays go there and back, of types of the server's catalogue too", async (sql) => {
  // The bare driver knows them from the second statement of a connection on.
  await sql`select 1`;
  const [row] = await sql`select ${sql.array([1, 2])}::int[] as i, ${sql.array(["a", 'b"'])} as s,
    ${sql.array([[1], [2]])}::int[] as nested, ${[3, 4]}::int[] as plain,
    array[inet '10.0.0.1'] as addresses, ${sql.array([new Date(0)])}::timestamptz[] as t`;
  assert.deepEqual(row, {
    i: [1, 2],
    s: ["a", 'b"'],
    nested: [[1], [2]],
    plain: [3, 4],
    addresses: ["10.0.0.1"],
    t: [new Date(0)],
  });
});

onBoth(house, "arrays are read and written with the driver's peculiarities", async (sql) => {
  await sql`select 1`;
  const [row] = await sql`select array[1, null, 3] as i,
    array['a', null, 'NULL', '', ' b', '"', '{x}', 'a,b', '\\'] as t, '{}'::int[] as none,
    '{{1,2},{3,4}}'::int[] as nested, '{{"a","b"},{"c","d"}}'::text[] as texts,
    array[box '(1,2),(3,4)', box '(0,0),(1,1)'] as boxes, '[0:2]={1,2,3}'::int[] as bounds,
    array[true, null] as b, array['{"a":[1,2]}'::jsonb] as j, array['2020-01-01'::date] as d`;
  assert.deepEqual(row, {
    i: [1, NaN, 3],
    t: ["a", "NULL", "NULL", "", " b", '"', "{x}", "a,b", "\\"],
    none: [],
    nested: [[1, 2], [3, 4]],
    texts: [["a", "b"], ["c", "d"]],
    boxes: ["(3,4),(1,2)", "(1,1),(0,0)"],
    bounds: row!.bounds,
    b: [true, false],
    j: [{ a: [1, 2] }],
    d: [new Date("2020-01-01")],
  });
  const values = ["a", null, 'q"', "b\\", "", "{,}"];
  const [written] = await sql`select ${sql.array(values as string[])}::text[] as t,
    ${sql.array([[1, 2], [3, 4]])}::int[] as i, ${sql.array([])}::int[] as none,
    ${sql.array([{ a: 1 }] as never, 3802)}::jsonb[] as j, ${
    sql.array([true, false])
  }::bool[] as b`;
  assert.deepEqual(written, {
    t: ["a", "null", 'q"', "b\\", "", "{,}"].map((text) => text === "null" ? "NULL" : text),
    i: [[1, 2], [3, 4]],
    none: [],
    j: [{ a: 1 }],
    b: [true, false],
  });
  const missing = [undefined] as unknown as string[];
  assert.equal((await errorOf(sql`select ${sql.array(missing)}::text[]`)).code, "UNDEFINED_VALUE");
});

onBoth(house, "custom types serialise and parse", async (sql) => {
  const typed = sql.types as unknown as { rect(value: Rect): postgres.Parameter<string> };
  const [row] = await sql`select ${typed.rect({ width: 3, height: 4 })}::varchar as r`;
  assert.deepEqual(row, { r: { width: 3, height: 4 } });
  const inside = await sql.begin((sql) => {
    const typed = sql.types as unknown as { rect(value: Rect): postgres.Parameter<string> };
    return sql`select ${typed.rect({ width: 5, height: 6 })}::varchar as r`;
  });
  assert.deepEqual([...inside], [{ r: { width: 5, height: 6 } }]);
}, { types: { rect } });

onBoth(house, "columns are transformed on the way out and in", async (sql) => {
  await sql`create temp table camel (first_name text)`;
  await sql`insert into camel ${sql({ firstName: "a" })}`;
  assert.deepEqual([...await sql`select ${sql("firstName")} from camel`], [{ firstName: "a" }]);
  const [row] = await sql.begin((sql) => [sql`select * from camel`]);
  assert.deepEqual([...row], [{ firstName: "a" }]);
}, { max: 1, transform: postgres.camel });

onBoth(house, "undefined becomes what the transform says", async (sql) => {
  const [row] = await sql`select ${undefined as unknown as string}::text as x`;
  assert.deepEqual(row, { x: null });
}, { transform: { undefined: null } });

onBoth(house, "parsers and serializers changed while connections are open count", async (sql) => {
  await Promise.all(Array.from({ length: 4 }, () => sql`select pg_sleep(0.02)`));
  // As drizzle does it.
  const { parsers, serializers } = sql.options as unknown as {
    parsers: Record<number, (text: string) => unknown>;
    serializers: Record<number, (value: unknown) => string>;
  };
  parsers[1184] = (text) => `parsed ${text.slice(0, 4)}`;
  serializers[25] = (value) => `written ${value}`;
  const rows = await Promise.all(
    Array.from(
      { length: 8 },
      () => sql`select '2026-01-01'::timestamptz as t, ${sql.typed("x", 25)} as s, pg_sleep(0.02)`,
    ),
  );
  for (const [row] of rows) {
    assert.equal(row!.t, "parsed 2026");
    assert.equal(row!.s, "written x");
  }
});

onBoth(house, "sql.parameters shows what the server reports", async (sql) => {
  await sql`select 1`;
  assert.equal(sql.parameters.client_encoding, "UTF8");
  await sql`set application_name to renamed`;
  await until(() => sql.parameters.application_name === "renamed", "the new name");
}, { max: 1 });

onBoth(house, "the constants of the driver are there", (sql) => {
  assert.equal(sql.PostgresError, postgres.PostgresError);
  assert.equal(sql.END, sql.CLOSE);
  assert.equal(typeof sql.options.transform, "object");
  return Promise.resolve();
});

Deno.test("the types of the factory survive, and misspelt options are errors", async () => {
  using credentials = credentialProvider(new StagedSource({}));
  const sql = rotatingPostgres(
    (login) => postgres({ database: "postgres", types: { rect }, ...login }),
    { credentials, host: house.server.host, port: house.server.port },
  );
  const parameter: postgres.Parameter<Rect> = sql.types.rect({ width: 1, height: 2 });
  assert.deepEqual(parameter.value as unknown, { width: 1, height: 2 });
  const unused = () => {
    // @ts-expect-error a rectangle has numbers
    sql.types.rect({ width: "1", height: 2 });
    // @ts-expect-error no such custom type
    sql.types.circle(1);
    // @ts-expect-error the driver's option is misspelt
    rotatingPostgres((login) => postgres({ databse: "postgres", ...login }), { credentials });
    // @ts-expect-error our option is misspelt
    rotatingPostgres((login) => postgres({ ...login }), { credentials, mx: 3 });
    // @ts-expect-error credentials are needed
    rotatingPostgres((login) => postgres({ ...login }), {});
    const rows: PromiseLike<{ id: number }[]> = sql<{ id: number }[]>`select 1 as id`;
    const begun: Promise<number> = sql.begin(() => 1);
    return [rows, begun];
  };
  assert.equal(typeof unused, "function");
  await sql.end();
});
