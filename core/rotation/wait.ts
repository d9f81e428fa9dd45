/** Waiting between two tries of the rotator. */

import { type Clock, delay } from "../clock.ts";
import type { Random } from "../random.ts";
import { fullJitter } from "../resilience/backoff.ts";

const aMinuteMs = 60_000;

/**
 * Waits before the next try. The clock's timers keep no process alive, which suits an app that is
 * ending and not a script that rotates: it would end in the middle of a rotation.
 */
export async function backOff(clock: Clock, random: Random, attempt: number): Promise<void> {
  const alive = setInterval(() => {}, aMinuteMs);
  try {
    await delay(clock, 50 + fullJitter(attempt, { baseMs: 100, capMs: 1_000 }, random));
  } finally {
    clearInterval(alive);
  }
}
