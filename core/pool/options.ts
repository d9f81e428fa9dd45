/** Options of the pool, checked at the door. */

import type { Clock } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import type { Observer } from "../events.ts";
import { milliseconds } from "../provider/options.ts";
import type { Random } from "../random.ts";

/** Options that every rotating pool has. */
export interface PoolOptions {
  /**
   * The most connections open at a time. While a new credential is probed there may be one more.
   * @default {10}
   */
  readonly max?: number;
  /**
   * How long a connection of an older generation may stay in use after a swap, in milliseconds,
   * before it is closed under its user. Rotation itself ends no session, so by default neither does
   * the pool.
   * @default {Infinity}
   */
  readonly drainMs?: number;
  /**
   * How long a connection is kept, in milliseconds. It ends when it is idle.
   * @default {2700000}
   */
  readonly maxLifetimeMs?: number;
  /**
   * How much of its lifetime a connection may lose by chance, from 0 to 1, so that connections
   * opened together do not end together.
   * @default {0.25}
   */
  readonly lifetimeJitter?: number;
  /**
   * A connection that was idle for longer is pinged before it is used, in milliseconds: its peer may
   * be gone without a word, and a statement sent there would wait for minutes.
   * @default {30000}
   */
  readonly pingAfterIdleMs?: number;
  /**
   * For how long an answer to a ping is awaited, in milliseconds.
   * @default {1000}
   */
  readonly pingTimeoutMs?: number;
}

/** The options with their defaults, and what the pool is made of. */
export interface PoolSettings extends Required<PoolOptions> {
  /** `host:port`, for events. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent: Observer;
}

/** Fills in the defaults. Throws `INVALID_OPTION`. */
export function resolvePoolOptions(options: PoolOptions): Required<PoolOptions> {
  const { max = 10, lifetimeJitter = 0.25 } = options;
  if (!Number.isInteger(max) || max < 1) {
    throw new RekeyError("INVALID_OPTION", `max is ${max}: it must be a whole number, 1 or more.`);
  }
  if (!(lifetimeJitter >= 0 && lifetimeJitter <= 1)) {
    throw new RekeyError(
      "INVALID_OPTION",
      `lifetimeJitter is ${lifetimeJitter}: it must be a number from 0 to 1.`,
    );
  }
  return {
    max,
    lifetimeJitter,
    drainMs: milliseconds("drainMs", options.drainMs ?? Infinity, 0),
    maxLifetimeMs: milliseconds("maxLifetimeMs", options.maxLifetimeMs ?? 45 * 60_000, 1),
    pingAfterIdleMs: milliseconds("pingAfterIdleMs", options.pingAfterIdleMs ?? 30_000, 1),
    pingTimeoutMs: milliseconds("pingTimeoutMs", options.pingTimeoutMs ?? 1_000, 1),
  };
}
