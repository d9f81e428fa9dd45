/** Options of the credential provider, checked at the door. */

import { type Clock, systemClock } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import { guarded, type Observer } from "../events.ts";
import { type Random, systemRandom } from "../random.ts";

/** Options of `credentialProvider`. */
export interface ProviderOptions {
  /**
   * How long a credential that was read counts as fresh, in milliseconds. It is also how long a
   * rotation may go unnoticed.
   * @default {300000}
   */
  readonly ttlMs?: number;
  /**
   * How long before its expiry a credential is read again, in milliseconds, so that nobody waits
   * when it expires. The moment is drawn between one and two times this much before. At most a third
   * of `ttlMs`, so that no draw makes one read follow another at once.
   * @default {a tenth of ttlMs, at most 30000}
   */
  readonly refreshAheadMs?: number;
  /**
   * How old a credential may be that `get()` hands out while the store cannot be read, in
   * milliseconds. It does not bound what an endpoint goes on accepting.
   * @default {86400000}
   */
  readonly maxStaleMs?: number;
  /**
   * How long after a failed read `get()` answers without asking again, in milliseconds; doubled for
   * each further failure, up to `ttlMs`, with jitter. Reads for a rejected login do not heed it.
   * @default {1000}
   */
  readonly negativeTtlMs?: number;
  /**
   * How long one read of the store may take, in milliseconds.
   * @default {5000}
   */
  readonly readTimeoutMs?: number;
  /**
   * The engine names that the secret may have.
   * @default {every engine of RDS}
   */
  readonly engines?: readonly string[];
  /** Hears of events. */
  readonly onEvent?: Observer;
  /**
   * Where time comes from.
   * @default {the machine's clock}
   */
  readonly clock?: Clock;
  /**
   * Where jitter comes from.
   * @default {the machine's randomness}
   */
  readonly random?: Random;
}

/** The options with their defaults. */
export type ResolvedProviderOptions =
  & Required<Omit<ProviderOptions, "engines">>
  & Pick<ProviderOptions, "engines">;

/** Fills in the defaults. Throws `INVALID_OPTION`. */
export function resolveProviderOptions(options: ProviderOptions): ResolvedProviderOptions {
  const ttlMs = milliseconds("ttlMs", options.ttlMs ?? 300_000, 1);
  const refreshAheadMs = milliseconds(
    "refreshAheadMs",
    options.refreshAheadMs ?? Math.min(ttlMs / 10, 30_000),
    0,
  );
  if (refreshAheadMs * 3 > ttlMs) {
    throw new RekeyError(
      "INVALID_OPTION",
      `refreshAheadMs is ${refreshAheadMs}: it must be at most a third of ttlMs (${ttlMs}).`,
    );
  }
  return {
    ttlMs,
    refreshAheadMs,
    maxStaleMs: milliseconds("maxStaleMs", options.maxStaleMs ?? 86_400_000, 0),
    negativeTtlMs: milliseconds("negativeTtlMs", options.negativeTtlMs ?? 1_000, 0),
    readTimeoutMs: milliseconds("readTimeoutMs", options.readTimeoutMs ?? 5_000, 1),
    onEvent: guarded(options.onEvent),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    ...options.engines && { engines: options.engines },
  };
}

/** `value`, when it is a number of milliseconds of at least `least`. */
export function milliseconds(name: string, value: number, least: number): number {
  if (typeof value === "number" && value >= least) return value;
  throw new RekeyError(
    "INVALID_OPTION",
    `${name} is ${String(value)}: it must be a number of milliseconds, ${least} or more.`,
  );
}
