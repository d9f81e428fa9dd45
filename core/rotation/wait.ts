/** Waiting between two tries of the rotator. */

import { type Clock, delay } from "../clock.ts";
import type { Random } from "../random.ts";
import { fullJitter } from "../resilience/backoff.ts";

/** Waits before the next try. A script that rotates must not end meanwhile. */
export function backOff(clock: Clock, random: Random, attempt: number): Promise<void> {
  const delayMs = 50 + fullJitter(attempt, { baseMs: 100, capMs: 1_000 }, random);
  return delay(clock, delayMs, undefined, true);
}
