/** Moments of various lengths, from none to some milliseconds. */

import type { SeededRandom } from "../../../adapters/testing/seeded_random.ts";

/** Waits for some milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits for a moment that `random` draws: none, a microtask, a turn of the event loop, or longer. */
export async function pause(random: SeededRandom): Promise<void> {
  const length = random.below(10);
  const ms = 1 + random.below(12);
  if (length < 3) return;
  if (length < 5) return await Promise.resolve();
  if (length < 7) return await new Promise((resolve) => setImmediate(resolve));
  await sleep(ms);
}
