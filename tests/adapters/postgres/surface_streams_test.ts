/** Cursors, COPY and large objects. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { clientHouse, onBoth } from "./fixture.ts";
import { errorOf, within } from "../outcome.ts";

const house = clientHouse();

onBoth(house, "a cursor hands out rows in batches", async (sql) => {
  const batches: number[][] = [];
  for await (const rows of sql`select generate_series(1, ${7}::int) as n`.cursor(3)) {
    batches.push(rows.map(({ n }) => n));
  }
  assert.deepEqual(batches, [[1, 2, 3], [4, 5, 6], [7]]);
});

onBoth(house, "a cursor that is left early frees its connection", async (sql) => {
  for await (const rows of sql`select generate_series(1, 10) as n`.cursor(3)) {
    assert.equal(rows.length, 3);
    break;
  }
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, i) => sql`select ${i}::int as x`),
  );
  assert.deepEqual(results.map(([row]) => row!.x), results.map((_, i) => i));
}, { max: 1 });

onBoth(house, "a cursor calls a function, which may end it", async (sql) => {
  const seen: number[] = [];
  await sql`select generate_series(1, 10) as n`.cursor(4, (rows) => {
    seen.push(rows.length);
  });
  assert.deepEqual(seen, [4, 4, 2]);
  seen.length = 0;
  await sql`select generate_series(1, 10) as n`.cursor((rows) => {
    seen.push(...rows.map(({ n }) => n));
    return seen.length === 2 ? sql.CLOSE : undefined;
  });
  assert.deepEqual(seen, [1, 2]);
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
}, { max: 1 });

onBoth(house, "an error of the cursor's function is its statement's", async (sql) => {
  const statement = sql`select generate_series(1, 10) as n`.cursor(4, async () => {
    await Promise.resolve();
    throw new Error("of the function");
  });
  assert.match((await errorOf(statement)).message, /of the function/);
  // Also for the last batch, when the function throws at once.
  const last = sql`select 1 as n`.cursor(4, () => {
    throw new Error("of the last call");
  });
  assert.match((await errorOf(last)).message, /of the last call/);
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
}, { max: 1 });

onBoth(house, "an error in the middle of a cursor reaches the loop", async (sql) => {
  let rows = 0;
  const read = async () => {
    for await (const batch of sql`select 1 / (4 - n) from generate_series(1, 9) n`.cursor(2)) {
      rows += batch.length;
    }
  };
  assert.equal((await errorOf(read())).code, "22012");
  assert.equal(rows, 2);
}, { max: 1 });

onBoth(house, "COPY writes and reads", async (sql) => {
  await sql`create temp table copied (id int, name text)`;
  const writable = await sql`copy copied (id, name) from stdin`.writable();
  await pipeline(Readable.from(["1\ta\n", "2\tb\n", "3\t\\N\n"]), writable);
  assert.deepEqual([...await sql`select * from copied order by id`], [
    { id: 1, name: "a" },
    { id: 2, name: "b" },
    { id: 3, name: null },
  ]);
  const readable = await sql`copy copied to stdout`.readable();
  const chunks: Buffer[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), "1\ta\n2\tb\n3\t\\N\n");
  assert.equal((await sql`select count(*)::int as n from copied`)[0]!.n, 3);
}, { max: 1 });

onBoth(house, "COPY that is given up, or refused, leaves the connection usable", async (sql) => {
  await sql`create temp table copied (id int)`;
  const writable = await sql`copy copied from stdin`.writable();
  const failed = new Promise((resolve) => writable.once("error", resolve));
  writable.write("1\n");
  writable.destroy(new Error("given up"));
  await failed;
  assert.equal((await sql`select count(*)::int as n from copied`)[0]!.n, 0);
  assert.equal((await errorOf(sql`copy nowhere from stdin`.writable())).code, "42P01");
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
}, { max: 1 });

Deno.test("an error that the server finds at the end of a COPY reaches its stream", async () => {
  // The bare driver never tells: its stream neither ends nor fails.
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`create temp table copied (id int)`;
  const writable = await sql`copy copied from stdin`.writable();
  const copying = pipeline(Readable.from(["1\n", "no number\n"]), writable);
  assert.equal((await errorOf(within(30_000, copying, "the COPY"))).code, "22P02");
  assert.deepEqual([...await sql`select * from copied`], []);
});

onBoth(house, "COPY works inside a transaction", async (sql) => {
  const n = await sql.begin(async (sql) => {
    await sql`create temp table copied (id int) on commit drop`;
    await pipeline(
      Readable.from(["1\n", "2\n"]),
      await sql`copy copied from stdin`.writable(),
    );
    const [row] = await sql`select count(*)::int as n from copied`;
    return row!.n;
  });
  assert.equal(n, 2);
});

onBoth(house, "large objects are written and read", async (sql) => {
  const object = await sql.largeObject();
  const text = "0123456789".repeat(500);
  await pipeline(Readable.from([Buffer.from(text)]), await object.writable());
  const [size] = await object.size();
  assert.equal(Number(size.size), text.length);
  await object.seek(0);
  const chunks: Buffer[] = [];
  for await (const chunk of await object.readable({ highWaterMark: 1_024 })) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), text);
  await object.close();
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
});
