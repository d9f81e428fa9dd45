/** The suite that a rotation target has to pass. */

import type { DatabaseKind } from "../databases/database.ts";
import { houseOf } from "../fixture.ts";
import { crashFacts } from "./crash_facts.ts";
import { guardFacts } from "./guard_facts.ts";
import { logFacts } from "./log_facts.ts";
import { rotationFacts } from "./rotation_facts.ts";
import { serverFacts } from "./server_facts.ts";
import { sessionFacts } from "./session_facts.ts";
import { twinFacts } from "./twin_facts.ts";

export const facts = [
  ...sessionFacts,
  ...twinFacts,
  ...rotationFacts,
  ...guardFacts,
  ...crashFacts,
  ...logFacts,
  ...serverFacts,
];

/** Registers a test for every fact. */
export function conform<S>(kind: DatabaseKind<S>): void {
  const house = houseOf(() => kind.start());
  for (const fact of facts) {
    Deno.test(`${kind.name}: ${fact.name}`, () => fact.check(house, kind));
  }
}
