/** `end()`: it waits for what is under way, and always ends. (B7 and B8 of the driver.) */

import assert from "node:assert/strict";
import { clientHouse } from "./fixture.ts";
import { errorOf, until, within } from "../outcome.ts";

const house = clientHouse();

/** Waits until the server has no session of a client any more. */
async function noSessions(): Promise<void> {
  await until(async () => (await house.server.sessions()).length === 0, "all sessions closed");
}

Deno.test("B7: end waits for transactions in the queue, and closes their sessions", async (t) => {
  await t.step("the bare driver leaves sessions open", async () => {
    await using client = house.raw({ max: 2 });
    const { sql } = client;
    await sql`select 1`;
    const transactions = Array.from(
      { length: 6 },
      () => sql.begin((sql) => sql`select pg_sleep(0.02)`).catch(() => {}),
    );
    await within(30_000, sql.end());
    await within(2_000, Promise.all(transactions)).catch(() => {});
    assert.ok((await house.server.sessions()).length > 0);
    await house.server.terminateSessions();
  });
  await t.step("ours does not", async () => {
    await using client = house.client({ options: { max: 2 } });
    const { sql } = client;
    const transactions = Array.from(
      { length: 6 },
      () => sql.begin(async (sql) => (await sql`select pg_sleep(0.02), 1 as x`)[0]!.x),
    );
    await within(30_000, sql.end());
    assert.deepEqual(await Promise.all(transactions), [1, 1, 1, 1, 1, 1]);
    await noSessions();
  });
});

Deno.test("B8: end with a reserved connection outstanding ends", async (t) => {
  await t.step("the bare driver waits for ever", async () => {
    // Not ended with its scope: that would wait as long.
    const { sql } = house.raw({ max: 1 });
    await sql.reserve();
    await assert.rejects(within(300, sql.end()), /Did not settle/);
    await house.server.terminateSessions();
    await noSessions();
  });
  await t.step("ours waits for it until the timeout", async () => {
    await using client = house.client({ options: { max: 1 } });
    const reserved = await client.sql.reserve();
    await within(30_000, client.sql.end({ timeout: 0.1 }));
    const error = await errorOf(reserved`select 1`);
    assert.equal(error.possiblyExecuted, false);
    await noSessions();
  });
  await t.step("and no longer than until it is released", async () => {
    await using client = house.client({ options: { max: 1 } });
    const reserved = await client.sql.reserve();
    const ended = client.sql.end();
    assert.deepEqual([...await reserved`select 1 as x`], [{ x: 1 }]);
    reserved.release();
    await within(30_000, ended);
    await noSessions();
  });
});

Deno.test("at the timeout of end, what still runs is cut off, and what waits is refused", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`select 1`;
  const running = errorOf(sql`select pg_sleep(30)`);
  await until(async () => (await house.server.sessions())[0]?.state === "active", "it runs");
  const owner = errorOf(sql.begin((sql) => sql`select 1`));
  await within(30_000, sql.end({ timeout: 0.2 }));
  const error = await within(30_000, running);
  assert.equal(error.possiblyExecuted, true);
  assert.equal((await within(30_000, owner)).code, "CLOSED");
  await house.server.terminateSessions();
  await noSessions();
});

Deno.test("end twice is one end, and close and asyncDispose are the same", async () => {
  await using client = house.client();
  await client.sql`select 1`;
  await Promise.all([client.sql.end(), client.sql.end()]);
  await client.sql.end();
  await (client.sql as unknown as { close(): Promise<void> }).close();
  {
    await using other = house.client();
    await using sql = other.sql;
    await sql`select 1`;
  }
  await noSessions();
});

Deno.test("after end nothing is taken any more", async () => {
  await using client = house.client();
  const { sql } = client;
  await sql.end();
  const refused: Record<string, () => PromiseLike<unknown>> = {
    statement: () => sql`select 1`,
    unsafe: () => sql.unsafe("select 1"),
    begin: () => sql.begin(() => 1),
    reserve: () => sql.reserve(),
    listen: () => sql.listen("channel", () => {}),
    notify: () => sql.notify("channel", "payload"),
    cursor: () => Array.fromAsync(sql`select 1`.cursor()),
    copy: () => sql`copy t from stdin`.writable(),
    largeObject: () => sql.largeObject(),
  };
  for (const [name, use] of Object.entries(refused)) {
    assert.equal((await within(30_000, errorOf(use()), name)).code, "CLOSED", name);
  }
});

Deno.test("end lets go of a listener, and its connection", async () => {
  await using client = house.client({ options: { max: 2 } });
  await client.sql.listen("channel", () => {});
  await client.sql`select 1`;
  await within(30_000, client.sql.end());
  await noSessions();
});
