/** The simulation can fail: bugs that are planted on purpose are noticed. All: `simulate:planted`. */

import assert from "node:assert/strict";
import { bugs } from "./planted/bugs.ts";
import { expose } from "./planted/expose.ts";
import { mutate } from "./planted/plant.ts";

/** Some that are noticed within few schedules, from each part of the code. */
const quick: readonly string[] = [
  "the timer of the next refresh is never set",
  "a rejected probe is never repeated",
  "old idle connections are not closed when a version is adopted",
  "the password is in the event of a rejected login",
  "set changes nothing",
];

Deno.test("every planted bug has its own name and its place in the code", async () => {
  assert.equal(new Set(bugs.map(({ name }) => name)).size, bugs.length);
  for (const bug of bugs) assert.notEqual(await mutate(bug), "");
});

for (const name of quick) {
  Deno.test(`the simulation notices that ${name}`, async () => {
    const bug = bugs.find((bug) => bug.name === name);
    assert.ok(bug, `no bug is called "${name}"`);
    const { caught, verdict, message } = await expose(bug, { limit: 400, check: false });
    assert.ok(caught, `${verdict}: ${message}`);
  });
}
