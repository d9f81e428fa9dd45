/** The configurations that are explored, and what is known of each. */

import { faults } from "./monitor.ts";
import type { Settings } from "./settings.ts";

/** One exploration, and what must come of it. */
export interface Configuration {
  readonly name: string;
  readonly settings: Settings;
  /** The most failed logins that are promised: in one rotation, or in all when they overlap. */
  readonly promised: number;
  /** The most that there are. More than promised: a promise that does not hold. */
  readonly limit: number;
  /** Faults that are known to be found: no more, and no fewer. Empty is what is wanted. */
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

type AtBoth<T> = readonly [primary: T, replica: T];

/** What is promised, and what is known to go beyond it. */
interface Expected {
  readonly promised: AtBoth<number>;
  readonly found?: AtBoth<number>;
  readonly known?: AtBoth<readonly string[]>;
}

/** The same with the client at the primary and at the replica. */
function both(
  name: string,
  changes: Partial<Settings>,
  { promised, found = promised, known = [[], []] }: Expected,
): Configuration[] {
  return (["primary", "replica"] as const).map((endpoint, index) => ({
    name,
    settings: { ...usual, ...changes, endpoint },
    promised: promised[index]!,
    limit: found[index]!,
    known: known[index]!,
  }));
}

const alternating = { strategy: "alternating users" } as const;
const overlap = { rotations: 2, overlapping: true, refreshes: 1 } as const;
const everything = ["store", "database"] as const;
/** One rotation, or several that do not overlap. */
const one: AtBoth<number> = [1, 2], two: AtBoth<number> = [3, 5], undone: AtBoth<number> = [3, 4];
/** The faults that are known, and why they are left. */
export const knownFaults: Readonly<Record<string, string>> = {
  [faults.falseAlarm]:
    "when labels of two overlapping rotations move between two reads, the newer " +
    "version may be seen first, and nothing that can be read tells which one is newer",
};
const overtaken = [faults.falseAlarm];

/** All of them. */
export const configurations: readonly Configuration[] = [
  ...[0, 0.5, 0.999].flatMap((draw) =>
    both(
      `one rotation, chance draws ${draw}`,
      { draw, pauses: 1, refreshes: draw === 0.5 ? 2 : 1 },
      { promised: one },
    )
  ),
  ...both("one rotation, alternating", { ...alternating, pauses: 1 }, { promised: [0, 2] }),
  ...both("two, one after the other", { rotations: 2, logins: 2, pauses: 1 }, { promised: one }),
  ...both("two, alternating", { ...alternating, rotations: 2, pauses: 1 }, { promised: [0, 2] }),
  ...both("a process that was never here", { cold: true }, { promised: one }),
  ...both("logins and reads take seconds", { slow: true }, { promised: one }),
  ...both("two overlap one search", { ...overlap, logins: 1 }, { promised: two }),
  // A version that was first seen out of order is believed only when it was read twice.
  ...both("two overlap two searches", { ...overlap, logins: 2 }, {
    promised: two,
    found: [4, 6],
    known: [[], overtaken],
  }),
  ...both("two overlap, alternating", { ...overlap, ...alternating, logins: 3 }, { promised: two }),
  ...both("the store rolled back", { rollBack: ["store"] }, { promised: undone }),
  ...both("the database rolled back", { rollBack: ["database"] }, {
    promised: undone,
  }),
  ...both("both rolled back", { rollBack: everything, logins: 2, refreshes: 1 }, {
    promised: undone,
  }),
  ...both("both rolled back, alternating", { ...alternating, rollBack: everything, logins: 2 }, {
    promised: undone,
  }),
  // The rotation is finished although the password that it set is gone.
  ...both("the database rolled back in a rotation", {
    rollBack: ["database"],
    between: false,
    logins: 2,
    refreshes: 1,
  }, { promised: undone, found: [5, 5] }),
  ...both("the store rolled back, then a rotation", {
    ...overlap,
    rollBack: ["store"],
    logins: 1,
  }, { promised: two, found: [4, 5] }),
  // Without pending the gap lasts as long as it lasts: one failed login a second.
  ...both("pending and previous denied", { denied: ["pending", "previous"], waits: 4, logins: 2 }, {
    promised: [2, 2],
  }),
  ...both("pending denied", { denied: ["pending"], waits: 6, logins: 1, refreshes: 0 }, {
    promised: [5, 5],
  }),
];
