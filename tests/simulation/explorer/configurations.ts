/** The configurations that are explored, and what is known of each. */

import { faults } from "./monitor.ts";
import type { Settings } from "./settings.ts";

/** One exploration, and what must come of it. */
export interface Configuration {
  readonly name: string;
  readonly settings: Settings;
  /** The most failed logins: in one rotation, or in all when they overlap. */
  readonly limit: number;
  /** Faults that are known to be found: no more, and no fewer. */
  readonly known: readonly string[];
}

const usual: Settings = {
  endpoint: "primary",
  strategy: "single user",
  rotations: 1,
  overlapping: false,
  rollBack: [],
  between: true,
  denied: [],
  slow: false,
  cold: false,
  logins: 3,
  waits: 2,
  refreshes: 2,
  pauses: 0,
  draw: 0.5,
};

type Limits = readonly [primary: number, replica: number];
type Known = readonly [primary: readonly string[], replica: readonly string[]];

/** The same with the client at the primary and at the replica. */
function both(
  name: string,
  changes: Partial<Settings>,
  [primary, replica]: Limits,
  known: Known = [[], []],
): Configuration[] {
  const settings: Settings = { ...usual, ...changes };
  return [
    { name, settings, limit: primary, known: known[0] },
    { name, settings: { ...settings, endpoint: "replica" }, limit: replica, known: known[1] },
  ];
}

const alternating = { strategy: "alternating users" } as const;
const pair = { rotations: 2, overlapping: true } as const;

/** All of them. */
export const configurations: readonly Configuration[] = [
  ...[0, 0.5, 0.999].flatMap((draw) =>
    both(`one rotation, chance draws ${draw}`, { draw, pauses: 1 }, [1, 2])
  ),
  ...both("one rotation, alternating users", { ...alternating, pauses: 1 }, [0, 2]),
  ...both("two rotations, one after the other", { rotations: 2, logins: 2, pauses: 1 }, [1, 2]),
  ...both("the same, alternating users", { ...alternating, rotations: 2, pauses: 1 }, [0, 2]),
  ...both("logins and reads take seconds", { slow: true }, [1, 2]),
  ...both("a process that was never here", { cold: true }, [1, 2]),
  ...both("two rotations overlap one search", { ...pair, logins: 1, refreshes: 1 }, [3, 5]),
  ...both("two rotations overlap two searches", { ...pair, logins: 2, refreshes: 1 }, [3, 5]),
  ...both("two overlap, alternating users", { ...pair, ...alternating, logins: 2 }, [3, 5]),
  ...both("the store is rolled back", { rollBack: ["store"] }, [3, 4]),
  ...both("the database is rolled back", { rollBack: ["database"] }, [3, 4]),
  ...both("both are rolled back", { rollBack: ["store", "database"], logins: 2, refreshes: 1 }, [
    3,
    4,
  ]),
  ...both("the same, alternating users", { ...alternating, rollBack: ["store", "database"] }, [
    3,
    4,
  ]),
  ...both("the database is rolled back in a rotation", {
    rollBack: ["database"],
    between: false,
    logins: 2,
  }, [3, 4]),
  ...both("a roll-back of the store, then a rotation", {
    rollBack: ["store"],
    rotations: 2,
    overlapping: true,
    logins: 1,
    refreshes: 1,
  }, [3, 5]),
  ...both("pending and previous cannot be read", {
    denied: ["pending", "previous"],
    waits: 4,
    logins: 2,
  }, [9, 9]),
  ...both("pending cannot be read", { denied: ["pending"], waits: 6, logins: 1, refreshes: 0 }, [
    9,
    9,
  ]),
];
void faults;
