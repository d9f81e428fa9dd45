/** How long to wait before the next try. */

import type { Random } from "../random.ts";

/** The shape of a backoff. */
export interface BackoffOptions {
  /** The ceiling of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** The ceiling of every wait, in milliseconds. */
  readonly capMs: number;
  /**
   * The shortest wait, in milliseconds: without one, a draw of nearly 0 asks again at once.
   * @default {0}
   */
  readonly leastMs?: number;
}

/**
 * Exponential backoff with full jitter: a uniform draw from `least` to
 * `min(cap, base * 2^attempt)`.
 * Full jitter spreads a herd best for the work it costs (Marc Brooker, "Exponential Backoff And
 * Jitter", AWS Architecture Blog, 2015).
 *
 * @param attempt how many tries have failed before, from 0
 */
export function fullJitter(attempt: number, options: BackoffOptions, random: Random): number {
  // The exponent is held down so that a long outage cannot overflow to Infinity * 0.
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 30));
  const least = Math.min(options.leastMs ?? 0, ceiling);
  return least + random.next() * (ceiling - least);
}
