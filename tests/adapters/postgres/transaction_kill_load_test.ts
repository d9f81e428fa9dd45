/** Transactions under load whose sessions are killed. */

import assert from "node:assert/strict";
import { app, clientHouse } from "./fixture.ts";

const house = clientHouse();

Deno.test("under load and kills, every transaction is there as a whole or not at all", async () => {
  const admin = house.server.admin();
  await using client = house.client({ options: { max: 8, maxLifetimeMs: 700, lifetimeJitter: 0 } });
  const { sql } = client;
  await sql`create table parts (id uuid primary key, tx uuid not null, n int not null)`;
  const acknowledged: string[] = [];
  let failed = 0, stop = false;
  const worker = async () => {
    while (!stop) {
      const tx = crypto.randomUUID();
      try {
        await sql.begin(async (sql) => {
          for (let n = 0; n < 3; n++) {
            // Not prepared, as drizzle's: described first, so that a loss may find it not yet run.
            await sql.unsafe("insert into parts values ($1, $2, $3)", [crypto.randomUUID(), tx, n]);
          }
        });
        acknowledged.push(tx);
      } catch (error) {
        // A broken socket is told twice: by its error, and when it closes.
        assert.equal(typeof (error as { possiblyExecuted?: unknown }).possiblyExecuted, "boolean");
        failed++;
      }
    }
  };
  const workers = Array.from({ length: 16 }, worker);
  // On a busy machine most kills meet a session between two transactions.
  for (let kills = 0; kills < 30 || failed <= 20; kills++) {
    assert.ok(kills < 600, `only ${failed} transactions met a kill`);
    await admin.unsafe("select pg_sleep(0.1)");
    await admin.unsafe(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where usename = '${app.username}' order by random() limit 4`,
    );
  }
  stop = true;
  await Promise.all(workers);

  const parts = await admin.unsafe<{ tx: string; count: number }[]>(
    "select tx, count(*)::int from parts group by tx",
  );
  assert.deepEqual(parts.filter(({ count }) => count !== 3), []);
  const found = new Set(parts.map(({ tx }) => tx));
  assert.deepEqual(acknowledged.filter((tx) => !found.has(tx)), []);
});
