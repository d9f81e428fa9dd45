/** One run: a client that is used in every way while everything goes wrong. */

import type postgres from "postgres";
import { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { RotatingSql } from "../../../../adapters/postgres/rotating_postgres.ts";
import { until, within } from "../../outcome.ts";
import type { Account } from "./account.ts";
import { fault, type Network } from "./faults.ts";
import { reserve, transaction } from "./owners.ts";
import { pause, sleep } from "./pause.ts";
import { bad, insert, insertTwice, insertWrittenLate, read, run } from "./statements.ts";
import { copyIn, copyOut, cursor } from "./streams.ts";

/** How many steps a run has. */
const steps = 220;
/** So many things may be under way. */
const mostUnderWay = 30;
/** In this time everything must have settled, whatever went wrong. */
const settleMs = 20_000;
/** Longer than connections stay unsuspected. */
const idleMs = 45;

/** A client, and the network that it is on. */
export interface Bench {
  readonly sql: RotatingSql<postgres.Sql>;
  readonly network: Network;
  readonly account: Account;
}

/** Does what `seed` says, and ends the client. */
export async function runSchedule({ sql, network, account }: Bench, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const underWay = new Set<Promise<void>>();
  const start = (work: Promise<unknown>) => {
    const settled = work.then(() => {}, (error) => account.violation(Deno.inspect(error)))
      .finally(() => underWay.delete(settled));
    underWay.add(settled);
  };
  const bounded = (settled: Promise<unknown>) =>
    within(settleMs, settled, "statements").catch((error) => {
      throw new Error(`${error.message} ${account.unsettled.join("; ")}`);
    });
  const settle = () => bounded(Promise.all(underWay));
  // One at a time: each mends what it broke.
  let faults = Promise.resolve();

  for (let step = 0; step < steps; step++) {
    // Of its own for each step, as it goes on being drawn from while others are under way.
    const own = new SeededRandom(seed * 1_000_003 + step);
    if (random.below(9) === 0) {
      faults = faults.then(() => fault(account, network, own));
      start(faults);
    } else {
      start(use(account, sql, own));
    }
    while (underWay.size >= mostUnderWay) await bounded(Promise.race(underWay));
    if (random.below(3) === 0) await pause(random);
    if (random.below(25) === 0) {
      await settle();
      await sleep(idleMs);
      if (random.below(2) > 0) continue;
      // Alone with a ping that may fail: nothing that comes later gets it going.
      faults = faults.then(() => fault(account, network, own));
      start(faults);
      start(use(account, sql, new SeededRandom(own.below(2 ** 31))));
      await settle();
    }
  }
  const endsBusy = random.below(2) === 0;
  if (!endsBusy) {
    await settle();
    await recover(account, sql, new SeededRandom(seed));
  }
  for (let n = 0; n < 6; n++) start(use(account, sql, new SeededRandom(seed * 7_919 + n)));
  await pause(random);
  await within(settleMs, sql.end({ timeout: endsBusy ? 0.05 : 5 }), "end()");
  await settle();
}

/** After the faults everything works again, though dead connections may be found yet. */
async function recover(account: Account, sql: postgres.Sql, random: SeededRandom): Promise<void> {
  await until(
    async () => {
      const answered = await Promise.all(
        Array.from({ length: 8 }, () => run(account, sql, read(account, random))),
      );
      return answered.every((ok) => ok);
    },
    "the client recovers",
    settleMs,
  );
}

/** Uses the client in one of all ways. */
async function use(account: Account, sql: postgres.Sql, random: SeededRandom): Promise<void> {
  const kind = random.below(40);
  const cancel = random.below(4) === 0 ? { cancel: random } : {};
  if (kind < 12) {
    // As apps do: what failed is tried again in the same moment, in which a connection may be closing.
    for (let tries = 0; tries < 3; tries++) {
      if (await run(account, sql, read(account, random), cancel)) return;
    }
  } else if (kind < 20) {
    const unit = account.unit();
    const statement = random.below(5) === 0 ? insertTwice(unit) : insert(unit, 1, random);
    await run(account, sql, statement, { ...cancel, unit });
  } else if (kind < 23) {
    await run(account, sql, bad(account, random), cancel);
  } else if (kind < 24) {
    const unit = account.unit();
    await run(account, sql, insertWrittenLate(unit), { unit });
  } else if (kind < 30) {
    await transaction(account, sql, random);
  } else if (kind < 33) {
    await reserve(account, sql, random);
  } else if (kind < 36) {
    await cursor(account, sql, random);
  } else if (kind < 38) {
    await copyOut(account, sql, random);
  } else {
    const parts = Array.from({ length: 1 + random.below(5) }, (_, i) => i);
    const follow: Account["followUnit"] = (...args) => account.followUnit(...args);
    await copyIn(account, sql, random, account.unit(), parts, follow);
  }
}
