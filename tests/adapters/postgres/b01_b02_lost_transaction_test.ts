/** Defects B1 and B2 of postgres.js 3.4: a session that is killed while it is owned. */

import assert from "node:assert/strict";
import { runBare } from "./bare_program.ts";
import { clientHouse } from "./fixture.ts";
import { errorOf, until, within } from "../outcome.ts";

const house = clientHouse();

async function kill(): Promise<void> {
  assert.ok(await house.server.terminateSessions({ user: "app" }) > 0);
}

Deno.test("B1: the bare driver's process dies of a write after its session was killed", async () => {
  const { code, told, errors } = await runBare("b01_write_after_kill", house.server);
  assert.equal(code, 1, errors);
  assert.ok(told.includes("killed"));
  assert.ok(!told.includes("alive"));
  assert.match(errors, /TypeError: Cannot read properties of null \(reading 'write'\)/);
});

Deno.test("B1: a write after the kill rejects, and the client goes on", async (t) => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  const losses = () => client.events.filter(({ type }) => type === "connection-lost").length;
  await t.step("in a transaction", async () => {
    let later: unknown;
    const error = await within(
      30_000,
      errorOf(sql.begin(async (sql) => {
        await sql`select 1`;
        await kill();
        await until(() => losses() === 1, "the loss");
        later = await errorOf(sql`select ${"x".repeat(5_000)}::text`);
        throw new Error("of the callback");
      })),
    );
    assert.equal(error.message, "of the callback");
    assert.equal((later as { code: string }).code, "CONNECTION_CLOSED");
    assert.equal((later as { possiblyExecuted: boolean }).possiblyExecuted, false);
  });
  await t.step("on a reserved connection", async () => {
    const reserved = await sql.reserve();
    await reserved`select 1`;
    await kill();
    // A statement that is sent before may be told what the server said last.
    await until(() => losses() === 2, "the loss");
    assert.equal((await errorOf(reserved`select 1`)).code, "CONNECTION_CLOSED");
    assert.equal(
      (await errorOf(reserved`select ${"x".repeat(5_000)}::text`)).code,
      "CONNECTION_CLOSED",
    );
    reserved.release();
  });
  assert.deepEqual([...await within(30_000, sql`select 1 as x`)], [{ x: 1 }]);
});

Deno.test("B2: the bare driver runs a dead transaction's statement outside of it", async () => {
  await house.server.admin()`create table b2_bare (id int)`;
  await house.server.admin()`grant all on b2_bare to app`;
  await using client = house.raw({ max: 1, fetch_types: false });
  const { sql } = client;
  const killed = Promise.withResolvers<void>();
  const reconnected = Promise.withResolvers<void>();
  const transaction = sql.begin(async (sql) => {
    await sql`insert into b2_bare values (1)`;
    await kill();
    killed.resolve();
    await reconnected.promise;
    await sql`insert into b2_bare values (2)`;
  }).catch(() => {});
  await killed.promise;
  // Another statement makes the instance connect again, under the transaction's feet.
  const answered = () => sql`select 1`.then(() => true, () => false);
  await within(30_000, until(answered, "a new connection"));
  reconnected.resolve();
  await within(30_000, transaction);
  await until(
    async () => (await house.server.admin()`select id from b2_bare`)[0]?.id === 2,
    "half of the transaction is committed",
  );
});

Deno.test("B2: a dead transaction's later statements run nowhere", async () => {
  await house.server.admin()`create table b2_ours (id int)`;
  await house.server.admin()`grant all on b2_ours to app`;
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  const error = await errorOf(sql.begin(async (tx) => {
    await tx`insert into b2_ours values (1)`;
    await kill();
    assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
    await tx`insert into b2_ours values (2)`;
  }));
  assert.equal(error.code, "CONNECTION_CLOSED");
  assert.equal(error.possiblyExecuted, false);
  await sql`select 1`;
  assert.deepEqual([...await sql`select * from b2_ours`], []);
});
