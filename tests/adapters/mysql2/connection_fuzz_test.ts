/**
 * One client, used in every way at once while sessions are killed and the network breaks: see the
 * same test of the other drivers. `CONNECTION_FUZZ_SEEDS=17,42` runs the schedules of other seeds.
 */

import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../../core/clock.ts";
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
import { app, type ClientHouse, clientHouses, rowsOf } from "./fixture.ts";

const { seeds, given } = seedsOr([2, 8]);

/** How a connection is pinged. */
const ping = "010000000e";

function subject({ server, ...house }: ClientHouse): FuzzSubject {
  const admin = server.admin();
  const sessions = () => server.sessions({ user: app.username });
  return {
    host: server.host,
    port: server.port,
    writersAreTransactions: false,
    codes: ["PROTOCOL_CONNECTION_LOST", "ER_NET_READ_ERROR"],
    name: (bytes) => bytes.toHex() === ping ? "ping" : undefined,
    sessions: async () => (await sessions()).length,
    async kill(nth) {
      const ids = (await sessions()).map(({ id }) => id);
      const killed = nth === undefined ? ids : ids.length > 0 ? [ids[nth % ids.length]!] : [];
      // One that has ended meanwhile is unknown.
      for (const id of killed) await admin.query(`kill ${id}`).catch(() => {});
    },
    empty: () => admin.query("truncate table app.ledger"),
    ledger: async () => await rowsOf(admin.query("select * from app.ledger")) as LedgerRow[],
    client({ account, at, options }) {
      let endMs = 30_000;
      // The half minute that an end may take is as long as the schedule says.
      const clock: Clock = {
        ...systemClock,
        setTimer: (delayMs, fn, keepAlive) =>
          systemClock.setTimer(delayMs === 30_000 ? endMs : delayMs, fn, keepAlive),
      };
      const client = house.client({
        at,
        options: { ...options, clock },
        driver: { multipleStatements: true },
      });
      const { pool } = client;
      return {
        use: (random) => use(account, pool, random),
        read: (random) => run(account, pool, read(account, random)),
        end(timeoutMs) {
          endMs = timeoutMs;
          return pool.end();
        },
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
}

for (const house of await clientHouses()) {
  /** How often each thing was done or seen in all runs. */
  const totals = new Map<string, number>();

  for (const seed of seeds) {
    house.test(`everything at once, and everything going wrong, with seed ${seed}`, async () => {
      await house.server.admin().query(
        "create table if not exists app.ledger (unit int, part int, " +
          "writer bigint default (connection_id()))",
      );
      await runSeed(subject(house), seed, totals);
    });
  }

  // One schedule alone may do without one or the other.
  if (!given) {
    house.test("all of it has happened", async () => {
      const further = (seed: number) => runSeed(subject(house), seed, totals);
      const missing = await missingOf(happensEverywhere, totals, further);
      assert.deepEqual(missing, [], Deno.inspect(totals));
    });
  }
}
