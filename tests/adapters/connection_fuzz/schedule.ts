/** One run: a client that is used in every way while everything goes wrong. */

import { SeededRandom } from "../../../adapters/testing/seeded_random.ts";
import { until, within } from "../outcome.ts";
import type { Account } from "./account.ts";
import { fault, type Network } from "./faults.ts";
import { pause, sleep } from "./pause.ts";

/** How many steps a run has. */
const steps = 220;
/** So many things may be under way. */
const mostUnderWay = 30;
/** In this time everything must have settled, whatever went wrong. */
const settleMs = 30_000;
/** Longer than connections stay unsuspected. */
const idleMs = 45;

/** A client, whatever its driver. */
export interface FuzzClient {
  /** Uses the client in one of all ways. */
  use(random: SeededRandom): Promise<void>;
  /** Has a statement answered. Returns whether it was. */
  read(random: SeededRandom): Promise<boolean>;
  /** Ends the client; cuts off what is under way after so many milliseconds. */
  end(timeoutMs: number): Promise<unknown>;
}

/** A client, and the network that it is on. */
export interface Bench {
  readonly client: FuzzClient;
  readonly network: Network;
  readonly account: Account;
}

/** Does what `seed` says, and ends the client. */
export async function runSchedule(
  { client, network, account }: Bench,
  seed: number,
): Promise<void> {
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
      start(client.use(own));
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
      start(client.use(new SeededRandom(own.below(2 ** 31))));
      await settle();
    }
  }
  const endsBusy = random.below(2) === 0;
  if (!endsBusy) {
    await settle();
    await recover(client, new SeededRandom(seed));
  }
  for (let n = 0; n < 6; n++) start(client.use(new SeededRandom(seed * 7_919 + n)));
  await pause(random);
  await within(settleMs, client.end(endsBusy ? 50 : 5_000), "end()");
  await settle();
}

/** After the faults everything works again, though dead connections may be found yet. */
async function recover(client: FuzzClient, random: SeededRandom): Promise<void> {
  await until(
    async () => {
      const answered = await Promise.all(
        Array.from({ length: 8 }, () => client.read(random)),
      );
      return answered.every((ok) => ok);
    },
    "the client recovers",
    settleMs,
  );
}
