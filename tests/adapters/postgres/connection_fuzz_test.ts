/**
 * One client, used in every way at once while sessions are killed and the network breaks. What is
 * started when is drawn from a seed; what becomes of it depends on the network's timing, so the
 * assertions hold for all of them. `CONNECTION_FUZZ_SEEDS=17,42` runs the schedules of other seeds.
 */

import assert from "node:assert/strict";
import type { LedgerRow } from "../connection_fuzz/account.ts";
import {
  type FuzzSubject,
  happensEverywhere,
  missingOf,
  runSeed,
  seedsOr,
} from "../connection_fuzz/run.ts";
import { read, run } from "./connection_fuzz/statements.ts";
import { use } from "./connection_fuzz/use.ts";
import { app, clientHouse, type DriverOptions } from "./fixture.ts";

const house = clientHouse();
const { seeds, given } = seedsOr([1, 4, 7, 10, 18]);
/** How often each thing was done or seen in all runs. */
const totals = new Map<string, number>();

Deno.test.beforeAll(async () => {
  await house.server.admin().unsafe(`
    create table ledger (unit int, part int, writer text default txid_current()::text);
    grant all on ledger to ${app.username}`);
});

/** The code of a request to cancel, which follows its length in the first packet. */
const cancelRequestCode = 80877102;
/** An empty statement: how a connection is pinged. */
const emptyQuery = "510000000500";

function subject(): FuzzSubject {
  const { server } = house;
  return {
    host: server.host,
    port: server.port,
    writersAreTransactions: true,
    codes: [
      "CONNECTION_CLOSED",
      "CONNECTION_DESTROYED",
      "CONNECTION_ENDED",
      "57P01",
      // Cancelled: also the one behind the one that was meant, when it is over in that moment.
      "57014",
    ],
    name(bytes, first) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (first && bytes.length >= 8 && view.getInt32(4) === cancelRequestCode) {
        return "cancel request";
      }
      return bytes.toHex() === emptyQuery ? "ping" : undefined;
    },
    sessions: async () => (await server.sessions({ user: app.username })).length,
    kill: (nth) =>
      server.admin().unsafe(
        `with sessions as (
           select pid, row_number() over (order by pid) - 1 as n, count(*) over () as total
           from pg_stat_activity where usename = '${app.username}')
         select pg_terminate_backend(pid) from sessions
         where ${nth === undefined ? "true" : `n = ${nth} % total`}`,
      ),
    empty: () => server.admin().unsafe("truncate ledger"),
    ledger: () => server.admin().unsafe<LedgerRow[]>("select * from ledger"),
    client({ account, random, at, options }) {
      const client = house.client({
        at,
        options,
        driver: {
          prepare: random.below(4) > 0,
          max_pipeline: random.pick([3, 100]),
        } as DriverOptions,
      });
      const { sql } = client;
      return {
        use: (random) => use(account, sql, random),
        read: (random) => run(account, sql, read(account, random)),
        end: (timeoutMs) => sql.end({ timeout: timeoutMs / 1_000 }),
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

for (const seed of seeds) {
  Deno.test(`everything at once, and everything going wrong, with seed ${seed}`, async () => {
    await runSeed(subject(), seed, totals);
  });
}

// One schedule alone may do without one or the other.
Deno.test({ name: "all of it has happened", ignore: given }, async () => {
  const wanted = [...happensEverywhere, "cancels", "cancel request"];
  const missing = await missingOf(wanted, totals, (seed) => runSeed(subject(), seed, totals));
  assert.deepEqual(missing, [], Deno.inspect(totals));
});
