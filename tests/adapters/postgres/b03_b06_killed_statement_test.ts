/** Defects B3 and B6 of postgres.js 3.4: a session that is killed while a statement is under way. */

import assert from "node:assert/strict";
import { clientHouse } from "./fixture.ts";
import { errorOf, until, within } from "../outcome.ts";

const house = clientHouse();

async function killActive(): Promise<void> {
  await until(
    async () => (await house.server.sessions({ user: "app" })).some((s) => s.state === "active"),
    "a statement is active",
  );
  await house.server.terminateSessions({ user: "app" });
}

Deno.test("B3: the bare driver fails the next statement with the last one's error", async () => {
  await using client = house.raw({ max: 1, fetch_types: false });
  const { sql } = client;
  await sql`select 1`;
  const active = errorOf(sql`select pg_sleep(20)`);
  await killActive();
  await active;
  assert.equal((await errorOf(sql`select 1`)).code, "57P01");
});

Deno.test("B3: a killed statement's error is its own, and the next one runs", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`select 1`;
  const active = errorOf(sql`select pg_sleep(20)`);
  await killActive();
  const error = await active;
  assert.equal(error.possiblyExecuted, true);
  assert.match(error.code!, /^(57P01|CONNECTION_CLOSED|ECONNRESET|EPIPE)$/);
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
});

Deno.test("B6: the bare driver ends a cursor silently when its session is killed", async () => {
  await using client = house.raw({ max: 1, fetch_types: false });
  const { sql } = client;
  let rows = 0;
  for await (const batch of sql`select generate_series(1, 10)`.cursor(2)) {
    rows += batch.length;
    if (rows !== 4) continue;
    await house.server.terminateSessions({ user: "app" });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(rows, 4);
});

Deno.test("B6: a cursor whose session is killed ends with an error", async (t) => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  const lost = () =>
    until(() => client.events.some(({ type }) => type === "connection-lost"), "the loss");
  const killBetween = async () => {
    client.events.length = 0;
    await house.server.terminateSessions({ user: "app" });
    await lost();
  };

  await t.step("between two batches", async () => {
    let rows = 0;
    const error = await within(
      30_000,
      errorOf((async () => {
        for await (const batch of sql`select generate_series(1, 10)`.cursor(2)) {
          rows += batch.length;
          if (rows === 4) await killBetween();
        }
      })()),
    );
    assert.equal(rows, 4);
    assert.equal(error.possiblyExecuted, true);
  });
  await t.step("left by break after that", async () => {
    for await (const _ of sql`select generate_series(1, 10)`.cursor(2)) {
      await killBetween();
      break;
    }
  });
  await t.step("with a function", async () => {
    let rows = 0;
    const error = await within(
      30_000,
      errorOf(sql`select generate_series(1, 10)`.cursor(2, async (batch) => {
        rows += batch.length;
        if (rows === 4) await killBetween();
      })),
    );
    assert.equal(rows, 4);
    assert.equal(error.possiblyExecuted, true);
  });
  await t.step("with a function that throws after that", async () => {
    const error = await within(
      30_000,
      errorOf(sql`select generate_series(1, 10)`.cursor(2, async () => {
        await killBetween();
        throw new Error("of the function");
      })),
    );
    assert.equal(error.possiblyExecuted, true);
  });
  assert.deepEqual([...await within(30_000, sql`select 1 as x`)], [{ x: 1 }]);
});

Deno.test("a COPY whose session is killed ends with an error", async (t) => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`create table copied (id int)`;
  const failure = (stream: { once(event: string, fn: (error: Error) => void): unknown }) =>
    within(30_000, new Promise<Error>((resolve) => stream.once("error", resolve)), "the error");
  await t.step("while it is written", async () => {
    const writable = await sql`copy copied from stdin`.writable();
    const failed = failure(writable);
    writable.write("1\n");
    await house.server.terminateSessions({ user: "app" });
    assert.equal((await failed as { possiblyExecuted?: boolean }).possiblyExecuted, false);
    // Written to after that, too.
    writable.write("2\n");
    writable.end();
    assert.deepEqual([...await within(30_000, sql`select * from copied`)], []);
  });
  await t.step("while it is read", async () => {
    const readable = await sql`copy (select n, repeat('x', 1000) from generate_series(1, 100000) n)
      to stdout`.readable();
    const failed = failure(readable);
    readable.once("data", () => readable.pause());
    await house.server.terminateSessions({ user: "app" });
    readable.resume();
    assert.equal((await failed as { possiblyExecuted?: boolean }).possiblyExecuted, true);
    assert.deepEqual([...await within(30_000, sql`select * from copied`)], []);
  });
});
