/**
 * One client, used in every way at once while sessions are killed and the network breaks. What is
 * started when is drawn from a seed; what becomes of it depends on the network's timing, so the
 * assertions hold for all of them. `CONNECTION_FUZZ_SEEDS=17,42` runs the schedules of other seeds.
 */

import assert from "node:assert/strict";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { SeededRandom } from "../../../adapters/testing/seeded_random.ts";
import { Account, type LedgerRow } from "./connection_fuzz/account.ts";
import { startFaultProxy } from "./connection_fuzz/fault_proxy.ts";
import { runSchedule } from "./connection_fuzz/schedule.ts";
import { app, clientHouse, type DriverOptions } from "./fixture.ts";
import { until } from "../outcome.ts";

const house = clientHouse();
const given = Deno.env.get("CONNECTION_FUZZ_SEEDS");
const seeds = (given ?? "1,4,7,10,18").split(",").map(Number);
/** How often each thing was done or seen in all runs. */
const totals = new Map<string, number>();

Deno.test.beforeAll(async () => {
  await house.server.admin().unsafe(`
    create table ledger (unit int, part int, xid text default txid_current()::text);
    grant all on ledger to ${app.username}`);
});

/** Records what nobody caught, until the end of the scope. */
function uncaught(account: Account): Disposable {
  const record = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    const error = "reason" in event ? event.reason : event.error;
    account.violation(`nobody caught ${Deno.inspect(error)}`);
  };
  addEventListener("error", record);
  addEventListener("unhandledrejection", record);
  return {
    [Symbol.dispose]() {
      removeEventListener("error", record);
      removeEventListener("unhandledrejection", record);
    },
  };
}

for (const seed of seeds) {
  Deno.test(`everything at once, and everything going wrong, with seed ${seed}`, async () => {
    const account = new Account();
    const { server } = house;
    using _ = uncaught(account);
    await server.admin()`truncate ledger`;
    await using proxy = await startTcpProxy(server);
    await using links = await startFaultProxy(proxy, (what) => account.count(what));
    const random = new SeededRandom(-seed);
    await using client = house.client({
      at: links,
      options: {
        max: 1 + random.below(4),
        pingAfterIdleMs: 20,
        pingTimeoutMs: 60,
        maxLifetimeMs: random.pick([50, 200, Infinity]),
        onEvent: ({ type }) => account.count(type),
      },
      driver: {
        prepare: random.below(4) > 0,
        max_pipeline: random.pick([3, 100]),
      } as DriverOptions,
    });
    const { sql } = client;
    await runSchedule({ sql, network: { links, proxy, server }, account }, seed);

    await until(
      async () =>
        (await server.sessions({ user: app.username })).length + links.connections +
            proxy.connections === 0,
      "all connections end with the client",
    );
    account.judge(await server.admin()<LedgerRow[]>`select * from ledger`);
    for (const [what, count] of account.counts) totals.set(what, (totals.get(what) ?? 0) + count);
    assert.deepEqual(account.violations, [], `run again with CONNECTION_FUZZ_SEEDS=${seed}`);
  });
}

// One schedule alone may do without one or the other.
Deno.test({ name: "all of it has happened", ignore: given !== undefined }, () => {
  const happened = [
    "succeeded",
    "failed",
    "units committed",
    "units unknown",
    "units nothing",
    "kills",
    "reset",
    "end answers",
    "end requests",
    "answer cut",
    "network reset",
    "silence",
    "refusal",
    "latency",
    "ping",
    "cancels",
    "cancel request",
    "connection-lost",
  ];
  assert.deepEqual(happened.filter((what) => !totals.has(what)), [], Deno.inspect(totals));
});
