/**
 * Defect B11 of postgres.js 3.4: after a statement that failed when some of its rows had come, the
 * rows of the next one begin behind holes.
 */

import assert from "node:assert/strict";
import type postgres from "postgres";
import { clientHouse } from "./fixture.ts";
import { errorOf } from "../outcome.ts";

const house = clientHouse();

const failAfterTwo = (sql: postgres.Sql) =>
  errorOf(sql`select 1 / (3 - n) from generate_series(1, ${9}::int) n`);

Deno.test("B11: the bare driver puts holes before the rows of the next statement", async () => {
  await using client = house.raw({ max: 1 });
  const { sql } = client;
  await failAfterTwo(sql);
  const rows = await sql`select 1 as x`;
  assert.equal(rows.count, 1);
  assert.equal(rows.length, 3);
  assert.deepEqual([...rows], [undefined, undefined, { x: 1 }]);
});

Deno.test("B11: after a statement that failed, the next result is whole", async (t) => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  const reads: Record<string, () => PromiseLike<unknown>> = {
    "of a statement": async () => [...await sql`select 1 as x`],
    "with values": async () => [...await sql`select ${1}::int as x`],
    "of the first of several": async () => {
      const [first] = await sql`select 1 as x; select 2`.simple();
      return [...first as Iterable<unknown>];
    },
    "as arrays": async () => (await sql`select 1`.values()).map(([x]) => ({ x })),
    "of a cursor": async () => (await Array.fromAsync(sql`select 1 as x`.cursor(5))).flat(),
    "of a cursor with a function": async () => {
      const seen: unknown[] = [];
      await sql`select 1 as x`.cursor(5, (rows) => void seen.push(...rows));
      return seen;
    },
    "in a transaction": () => sql.begin(async (sql) => [...await sql`select 1 as x`]),
  };
  for (const [name, read] of Object.entries(reads)) {
    await t.step(name, async () => {
      await failAfterTwo(sql);
      assert.deepEqual(await read(), [{ x: 1 }]);
    });
  }
  await t.step("pipelined", async () => {
    const failed = failAfterTwo(sql);
    const next = sql`select 1 as x`;
    assert.deepEqual([[...await next], (await failed).code], [[{ x: 1 }], "22012"]);
  });
});
