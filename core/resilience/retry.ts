/** Tries again and again, for as long as somebody wants it. */

import { type Clock, delay } from "../clock.ts";
import type { Random } from "../random.ts";
import { type BackoffOptions, fullJitter } from "./backoff.ts";

/** How to try again. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: BackoffOptions;
  /** Ends the retries. */
  readonly signal: AbortSignal;
  /**
   * Waits before the first try, too.
   * @default {false}
   */
  readonly waitFirst?: boolean;
}

/**
 * Calls `attempt` until it succeeds, with a wait after every failure: full jitter, longer each time.
 * Resolves then, or when `signal` aborts. Never rejects: `attempt` tells whom its failures concern.
 *
 * Work in the background, which does not keep the process alive.
 */
export async function retry(
  attempt: () => Promise<unknown>,
  { clock, random, backoff, signal, waitFirst = false }: RetryOptions,
): Promise<void> {
  let waits = 0;
  const wait = () => delay(clock, fullJitter(waits++, backoff, random), signal);
  if (waitFirst) await wait();
  while (!signal.aborted) {
    try {
      await attempt();
      return;
    } catch {
      await wait();
    }
  }
}
