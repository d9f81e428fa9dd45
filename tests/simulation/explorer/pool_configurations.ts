/** The configurations of the pool that are explored. */

import { delays, type PoolBounds } from "./pool_world.ts";

/** One exploration, and the faults that are known to be found: no more, and no fewer. */
export interface PoolConfiguration {
  readonly name: string;
  readonly bounds: PoolBounds;
  readonly known: readonly string[];
}

const usual: PoolBounds = {
  max: 1,
  pipelined: false,
  drainMs: Infinity,
  pings: false,
  dispatches: 2,
  swaps: 1,
  losses: 1,
  failures: 1,
  timeouts: 1,
};

function of(
  name: string,
  changes: Partial<PoolBounds>,
  known: readonly string[] = [],
): PoolConfiguration {
  return { name, bounds: { ...usual, ...changes }, known };
}

/** All of them. */
export const poolConfigurations: readonly PoolConfiguration[] = [
  of("one connection", {}),
  of("two connections", { max: 2, failures: 0 }),
  of("pipelined statements", { pipelined: true, dispatches: 3, losses: 0 }),
  of("two swaps", { swaps: 2, losses: 0, failures: 0 }),
  of("a drain deadline", { drainMs: delays.drain, timeouts: 2, losses: 0 }),
  of("pings", { pings: true, timeouts: 3, swaps: 0 }),
  of("pings, and a swap", { pings: true, timeouts: 2, failures: 0, losses: 0 }),
];
