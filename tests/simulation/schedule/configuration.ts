/** What a schedule begins with. */

import fc from "fast-check";
import { strategies } from "../strategies/mod.ts";
import type { StrategyUnderTest } from "../strategies/strategy.ts";

/** A world, before anything happens in it. */
export interface Configuration {
  readonly seed: number;
  readonly strategy: StrategyUnderTest;
  /** Only what the promised numbers of failed logins assume may happen. */
  readonly calm: boolean;
  readonly processes: number;
  readonly max: number;
  readonly ttlMs: number;
  readonly lagMs: number;
  /** Whether the second replica shares a name with the first. */
  readonly sharedName: boolean;
  /** Whether the rotator's test step waits for the replica. */
  readonly waitsForReplica: boolean;
  /** Which server's way of locking users out after failed logins. */
  readonly lockout: "none" | "mysql" | "mariadb";
  readonly maxLifetimeMs: number;
  readonly drainMs: number;
  readonly heedsSignal: boolean;
}

/** How long statements wait for a login, in milliseconds. */
export const loginBudgetMs = 10_000;
/** In a calm schedule no process is frozen for longer, in milliseconds. */
export const longestCalmFreezeMs = loginBudgetMs / 2;
/** How long one connect may take, in milliseconds. */
export const connectTimeoutMs = 2_000;
/** How long one read of the store may take, in milliseconds. */
export const readTimeoutMs = 3_000;

/** After so many failed logins in a row a user is locked out: the strictest policy in use. */
export const lockedAfter = 3;
/** For so long MySQL locks a user out, in milliseconds: days, in reality. */
export const lockMs = 20_000;
/** With so many processes nobody is locked out when all is calm. */
export const mostCalmProcesses = 1;

/** Any of them. */
export const configuration: fc.Arbitrary<Configuration> = fc.record({
  seed: fc.nat(),
  strategy: fc.constantFrom(...strategies),
  calm: fc.boolean(),
  processes: fc.integer({ min: 1, max: 2 }),
  max: fc.integer({ min: 1, max: 3 }),
  ttlMs: fc.integer({ min: 2_000, max: 8_000 }),
  lagMs: fc.constantFrom(0, 10, 300, 1_500, 4_000),
  sharedName: fc.boolean(),
  waitsForReplica: fc.boolean(),
  lockout: fc.constantFrom(...["none", "none", "mysql", "mariadb"] as const),
  maxLifetimeMs: fc.constantFrom(700, 3_000, Infinity),
  drainMs: fc.constantFrom(500, Infinity),
  heedsSignal: fc.boolean(),
}).map((given) => ({
  ...given,
  sharedName: given.sharedName && !given.calm,
  // Nothing is promised to so many that log in as one user.
  lockout: given.calm && given.processes > mostCalmProcesses ? "none" : given.lockout,
}));
