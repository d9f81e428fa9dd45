/** Defect B10 of postgres.js 3.4: a statement that cannot be built, while another is answered. */

import assert from "node:assert/strict";
import type postgres from "postgres";
import { runBare } from "./bare_program.ts";
import { type ClientHouse, clientHouse, type DriverOptions } from "./fixture.ts";
import { errorOf, type StatementError, within } from "../outcome.ts";

const house = clientHouse({ tls: true });

type Outcome = number | string | undefined;

/** Sends statements at once, every `bad`-th with a value that cannot be written. */
function mixed(sql: postgres.ISql, count: number, bad: number): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => {
    const value = i % bad === bad - 1 ? new Date(NaN) : new Date(i);
    return sql`select (extract(epoch from ${value}::timestamptz) * 1000)::int as x`.then(
      ([row]) => row!.x as number,
      (error: StatementError) => error.name,
    );
  }));
}

function expected(count: number, bad: number): Outcome[] {
  return Array.from({ length: count }, (_, i) => i % bad === bad - 1 ? "RangeError" : i);
}

/** So that the statement is known to the server, and the value is written when it is sent. */
async function prepare(sql: postgres.ISql): Promise<void> {
  await mixed(sql, 1, 2);
}

Deno.test("B10: the bare driver gives rows to the wrong statements, and then hangs", async () => {
  const { told } = await runBare("b10_mixed_up_results", house.server);
  assert.ok(told.length < 6, "one of them never settles");
  const right = ["0 got 0", "1 got 1", "2 got RangeError", "3 got 3", "4 got 4", "5 got 5"];
  assert.ok(told.some((line) => !right.includes(line)), told.join());
});

const transports: Record<string, (house: ClientHouse) => DriverOptions> = {
  "plain TCP": () => ({}),
  "TLS": ({ server }) => ({ ssl: { ca: server.tls!.ca, servername: "localhost" } }),
};

for (const [transport, options] of Object.entries(transports)) {
  Deno.test(`B10: each statement gets its own rows or its own error, over ${transport}`, async (t) => {
    const driver = options(house);
    await t.step("pipelined on one connection", async () => {
      await using client = house.client({ driver, options: { max: 1 } });
      await prepare(client.sql);
      assert.deepEqual(await within(30_000, mixed(client.sql, 60, 7)), expected(60, 7));
    });
    await t.step("on several connections", async () => {
      await using client = house.client({ driver });
      await prepare(client.sql);
      assert.deepEqual(await within(30_000, mixed(client.sql, 300, 11)), expected(300, 11));
    });
    await t.step("with undefined, and with one behind", async () => {
      await using client = house.client({ driver, options: { max: 1 } });
      const { sql } = client;
      await prepare(sql);
      const first = sql`select ${1}::int as x, pg_sleep(0.05)`.execute();
      const bad = errorOf(sql`select ${undefined as unknown as string}::int as x`);
      const last = sql`select ${3}::int as x`.execute();
      const [[one], error, [three]] = await within(30_000, Promise.all([first, bad, last]));
      assert.deepEqual([one!.x, error.code, three!.x], [1, "UNDEFINED_VALUE", 3]);
    });
    await t.step("in a transaction", async () => {
      await using client = house.client({ driver, options: { max: 1 } });
      const { sql } = client;
      await prepare(sql);
      let outcomes: Outcome[] = [];
      const error = await within(
        30_000,
        errorOf(sql.begin(async (sql) => {
          await prepare(sql);
          outcomes = await mixed(sql, 20, 7);
        })),
      );
      assert.equal(error.name, "RangeError");
      assert.deepEqual(outcomes, expected(20, 7));
      assert.deepEqual([...await within(30_000, sql`select 1 as x`)], [{ x: 1 }]);
    });
    await t.step("on a reserved connection", async () => {
      await using client = house.client({ driver, options: { max: 1 } });
      const reserved = await client.sql.reserve();
      await prepare(reserved);
      assert.deepEqual(await within(30_000, mixed(reserved, 20, 7)), expected(20, 7));
      reserved.release();
    });
  });
}
