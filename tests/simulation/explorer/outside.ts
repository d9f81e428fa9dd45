/** The store, the primary and its replica: what the client cannot see but by asking. */

import type { Settings, Version } from "./settings.ts";

/** Never changed in place: forks of a world share it. */
export interface Outside {
  readonly current: Version;
  readonly pending: Version | undefined;
  readonly previous: Version | undefined;
  /** Which version's password each user has: the first user, and the twin. */
  readonly primary: readonly [Version, Version];
  readonly replica: readonly [Version, Version];
  /** What the replica has still to apply. */
  readonly lag: readonly (readonly [user: number, version: Version])[];
  /** How many rotation steps are done: three make a rotation. */
  readonly steps: number;
  /** What was rolled back already. */
  readonly rolledBack: readonly string[];
}

/** A world after many rotations: the one before made version 0 previous. */
export const beginning: Outside = {
  current: 1,
  pending: undefined,
  previous: 0,
  primary: [1, 0],
  replica: [1, 0],
  lag: [],
  steps: 0,
  rolledBack: [],
};

/** The user of a version: 0, or 1 for the twin. */
export function userOf(version: Version, { strategy }: Settings): number {
  return strategy === "single user" ? 0 : (version + 1) % 2;
}

/** Whether the endpoint accepts a version now. */
export function accepts(outside: Outside, version: Version, settings: Settings): boolean {
  return outside[settings.endpoint][userOf(version, settings)] === version;
}

/** The name of the next step; undefined when all rotations are over. */
export function nextStep({ steps }: Outside, { rotations }: Settings): string | undefined {
  if (steps >= rotations * 3) return undefined;
  return `${["create", "set", "finish"][steps % 3]} v${Math.floor(steps / 3) + 2}`;
}

/** Whether a rotation is between its first and its last step, or a change on its way. */
export function inFlux({ steps, lag }: Outside): boolean {
  return steps % 3 !== 0 || lag.length > 0;
}

/** The next step is taken. */
export function rotate(outside: Outside, settings: Settings): Outside {
  const version = Math.floor(outside.steps / 3) + 2;
  const after = { ...outside, steps: outside.steps + 1 };
  switch (outside.steps % 3) {
    case 0:
      return { ...after, pending: version };
    case 1:
      return change(after, version, version, settings);
    default:
      return { ...after, previous: outside.current, current: version, pending: undefined };
  }
}

/** What can be rolled back at the moment. */
export function rollBacks(
  { steps, rolledBack }: Outside,
  { rollBack, between }: Settings,
): string[] {
  return rollBack.filter((what) =>
    !rolledBack.includes(what) && steps >= (what === "store" ? 3 : 2) &&
    // The label goes back when it has moved, before another rotation begins.
    (what === "database" && !between || steps % 3 === 0)
  );
}

/** The label, or the password that was set last, goes back to what it was. */
export function undo(outside: Outside, what: string, settings: Settings): Outside {
  const after = { ...outside, rolledBack: [...outside.rolledBack, what] };
  if (what === "store") {
    return { ...after, current: outside.previous!, previous: outside.current };
  }
  const version = Math.floor((outside.steps + 1) / 3) + 1;
  const before = version - (settings.strategy === "single user" ? 1 : 2);
  return change(after, version, before, settings);
}

/** The replica applies the next change. */
export function apply(outside: Outside): Outside {
  const [next, ...lag] = outside.lag;
  return { ...outside, lag, replica: withPassword(outside.replica, ...next!) };
}

function change(outside: Outside, of: Version, to: Version, settings: Settings): Outside {
  const user = userOf(of, settings);
  const primary = withPassword(outside.primary, user, to);
  // Nobody looks at the replica of a client at the primary.
  if (settings.endpoint === "primary") return { ...outside, primary };
  return { ...outside, primary, lag: [...outside.lag, [user, to]] };
}

function withPassword(
  passwords: readonly [Version, Version],
  user: number,
  version: Version,
): readonly [Version, Version] {
  return user === 0 ? [version, passwords[1]] : [passwords[0], version];
}
