/** A world with nothing but a store, and a process that asks it. */

import { ManualClock } from "../../../../adapters/testing/manual_clock.ts";
import { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import { Network } from "../../../../adapters/testing/simulation/network.ts";
import { ProcessClock } from "../../../../adapters/testing/simulation/process_clock.ts";
import { SimulatedStore } from "../../../../adapters/testing/simulation/store/mod.ts";
import { Timeline } from "../../../../adapters/testing/simulation/timeline.ts";
import { Secret, secretId, v1 } from "./subject.ts";

/** A store with the secret `secretId`, whose current version is `v1`. */
export function storeWorld(seed = 1) {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const network = new Network(clock, random.fork(1));
  const timeline = new Timeline(clock);
  const store = new SimulatedStore({ network, timeline, random: random.fork(2) });
  store.createSecret(secretId, v1, new Secret("one"));
  return { clock, network, timeline, store, process: new ProcessClock(clock) };
}
