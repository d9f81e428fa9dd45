/** Every bug that the simulation must catch. */

import type { Bug } from "./bug.ts";
import { ladderBugs } from "./ladder_bugs.ts";
import { poolBugs } from "./pool_bugs.ts";
import { providerBugs } from "./provider_bugs.ts";
import { rotationBugs } from "./rotation_bugs.ts";

export type { Bug } from "./bug.ts";

/** All of them. */
export const bugs: readonly Bug[] = [
  ...providerBugs,
  ...ladderBugs,
  ...poolBugs,
  ...rotationBugs,
];
