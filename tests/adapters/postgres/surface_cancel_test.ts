/** Cancelling, wherever the statement is. */

import assert from "node:assert/strict";
import { clientHouse, onBoth } from "./fixture.ts";
import { errorOf, until, within } from "../outcome.ts";

const house = clientHouse();

/** Waits until the server runs a statement that begins like this. */
async function running(start: string): Promise<void> {
  await until(async () => {
    const rows = await house.server.admin()`
      select 1 from pg_stat_activity where state = 'active' and query like ${start + "%"}
        and pid <> pg_backend_pid()`;
    return rows.length > 0;
  }, `the server runs ${start}`);
}

onBoth(house, "a statement that runs is cancelled", async (sql) => {
  const statement = sql`select pg_sleep(20), 'active'`;
  const error = errorOf(statement);
  await running("select pg_sleep(20), 'active'");
  statement.cancel();
  assert.equal((await within(30_000, error)).code, "57014");
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
}, { max: 1 });

Deno.test("a statement that nobody has sent yet is cancelled and never runs", async () => {
  // In this moment and the next test's, the bare driver never uses the connection again.
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`create temp sequence runs`;
  const owned = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const busy = sql.begin(async () => {
    owned.resolve();
    await done.promise;
  });
  await owned.promise;
  // A transaction owns the one connection: this waits.
  const statement = sql`select nextval('runs')::int as n`;
  const error = errorOf(statement);
  await Promise.resolve();
  statement.cancel();
  assert.equal((await within(30_000, error)).code, "57014");
  done.resolve();
  await busy;
  assert.equal((await sql`select nextval('runs')::int as n`)[0]!.n, 1);
});

Deno.test("a statement cancelled before it was begun rejects when it is", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  const statement = sql`select 1`;
  statement.cancel();
  assert.equal((await errorOf(statement)).code, "57014");
  const begun = sql`select 1`.execute();
  begun.cancel();
  assert.equal((await errorOf(begun)).code, "57014");
  assert.deepEqual([...await within(30_000, sql`select 1 as x`)], [{ x: 1 }]);
});

Deno.test("a statement cancelled behind another leaves the next one its own rows", async () => {
  // The bare driver takes it out of its queue though it is on the wire, and mixes up the answers.
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await Promise.all([0, 1].map((i) => sql`select ${i}::int as x`));
  // The first runs for as long as the administrator has the lock.
  const admin = house.server.admin();
  await admin`select pg_advisory_lock(1)`;
  const first = sql`select pg_advisory_lock(1), 'first' as x`.execute();
  const second = sql.unsafe("select pg_sleep(20), 'second' as x").execute();
  const third = sql`select ${3}::int as x`.execute();
  const error = errorOf(second);
  await running("select pg_advisory_lock(1), 'first'");
  second.cancel();
  await admin`select pg_advisory_unlock(1)`;
  const settled = Promise.all([first, third]);
  const [[one], [three]] = await within(30_000, settled);
  assert.equal((await within(30_000, error)).code, "57014");
  assert.deepEqual([one!.x, three!.x], ["first", 3]);
  assert.deepEqual([...await sql`select 4 as x`], [{ x: 4 }]);
});

Deno.test("a statement of a transaction is cancelled before it is sent", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  const result = await within(
    30_000,
    sql.begin(async (sql) => {
      await sql`create temp table cancelled (id int) on commit drop`;
      const begun = sql`insert into cancelled values (1)`.execute();
      begun.cancel();
      assert.equal((await errorOf(begun)).code, "57014");
      return "done";
    }).then(() => "committed", (error) => error.code),
    "the transaction",
  );
  // As for any error of a transaction's statement, caught or not.
  assert.equal(result, "57014");
  assert.deepEqual([...await within(30_000, sql`select 1 as x`)], [{ x: 1 }]);
});

Deno.test("a reserved connection takes statements after one that was cancelled unsent", async () => {
  await using client = house.client({ options: { max: 1 } });
  const reserved = await client.sql.reserve();
  const begun = reserved`select 1`.execute();
  begun.cancel();
  assert.equal((await errorOf(begun)).code, "57014");
  assert.deepEqual([...await within(30_000, reserved`select ${2}::int as x`)], [{ x: 2 }]);
  reserved.release();
  assert.deepEqual([...await within(30_000, client.sql`select 3 as x`)], [{ x: 3 }]);
});

Deno.test("cancelling what is finished does nothing", async () => {
  await using client = house.client({ options: { max: 1 } });
  const statement = client.sql`select 1 as x`;
  await statement;
  statement.cancel();
  statement.cancel();
  assert.deepEqual([...await client.sql`select 2 as x`], [{ x: 2 }]);
});
