/** One schedule on a real server, and the account of it. */

import assert from "node:assert/strict";
import { SeededRandom } from "../../../adapters/testing/seeded_random.ts";
import type { RekeyEvent } from "../../../core/events.ts";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { until } from "../outcome.ts";
import { Account, type AccountOptions, type LedgerRow } from "./account.ts";
import { type Passing, startFaultProxy } from "./fault_proxy.ts";
import { type FuzzClient, runSchedule } from "./schedule.ts";

/** What is drawn for the client, and where it connects. */
export interface FuzzClientRequest {
  readonly account: Account;
  readonly random: SeededRandom;
  readonly at: { readonly host: string; readonly port: number };
  readonly options: {
    readonly max: number;
    readonly pingAfterIdleMs: number;
    readonly pingTimeoutMs: number;
    readonly maxLifetimeMs: number;
    readonly onEvent: (event: RekeyEvent) => void;
  };
}

/** One driver and its server. */
export interface FuzzSubject extends AccountOptions, Pick<Passing, "name"> {
  readonly host: string;
  readonly port: number;
  /** How many sessions the app has. */
  sessions(): Promise<number>;
  /** Ends the nth session of the app, counted round and round, or all. */
  kill(nth: number | undefined): Promise<unknown>;
  /** Empties the table `ledger`. */
  empty(): Promise<unknown>;
  ledger(): Promise<readonly LedgerRow[]>;
  client(request: FuzzClientRequest): FuzzClient & AsyncDisposable;
}

/** Runs what `seed` says; adds to `totals` how often each thing was done or seen. */
export async function runSeed(
  subject: FuzzSubject,
  seed: number,
  totals: Map<string, number>,
): Promise<void> {
  const account = new Account(subject);
  using _ = uncaught(account);
  await subject.empty();
  await using proxy = await startTcpProxy(subject);
  const seen = (what: string) => account.count(what);
  await using links = await startFaultProxy(proxy, { name: subject.name, seen });
  const random = new SeededRandom(-seed);
  await using client = subject.client({
    account,
    random,
    at: links,
    options: {
      max: 1 + random.below(4),
      pingAfterIdleMs: 20,
      pingTimeoutMs: 60,
      maxLifetimeMs: random.pick([50, 200, Infinity]),
      onEvent: ({ type }) => account.count(type),
    },
  });
  const kill = (nth: number | undefined) => subject.kill(nth);
  await runSchedule({ client, network: { links, proxy, kill }, account }, seed);
  await until(
    async () => await subject.sessions() + links.connections + proxy.connections === 0,
    "all connections end with the client",
  );
  account.judge(await subject.ledger());
  for (const [what, count] of account.counts) totals.set(what, (totals.get(what) ?? 0) + count);
  assert.deepEqual(account.violations, [], `run again with CONNECTION_FUZZ_SEEDS=${seed}`);
}

/** The seeds of a file, unless `CONNECTION_FUZZ_SEEDS` names others. */
export function seedsOr(usual: readonly number[]): { seeds: readonly number[]; given: boolean } {
  const given = Deno.env.get("CONNECTION_FUZZ_SEEDS") || undefined;
  return { seeds: given?.split(",").map(Number) ?? usual, given: given !== undefined };
}

/** What happens sooner or later whatever the driver. */
export const happensEverywhere = [
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
  "connection-lost",
] as const;

/** So many further schedules are run at the most for what has not happened yet. */
const furtherSeeds = 20;

/**
 * What of `wanted` never happened. A schedule says what is done, and the machine's pace what meets
 * what: further ones are run while something is missing.
 */
export async function missingOf(
  wanted: readonly string[],
  totals: ReadonlyMap<string, number>,
  run: (seed: number) => Promise<void>,
): Promise<string[]> {
  const missing = () => wanted.filter((what) => !totals.has(what));
  for (let n = 0; n < furtherSeeds && missing().length > 0; n++) await run(1_000 + n);
  return missing();
}

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
