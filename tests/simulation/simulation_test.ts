/** The simulation in the test suite: `deno task simulate` runs as many schedules as one likes. */

import assert from "node:assert/strict";

/** Under three minutes on two cores. */
const schedules = 20_000;

Deno.test(`${schedules} schedules break no property, and leave no fault and step unmet`, async () => {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("main.ts", import.meta.url).pathname, "--runs", String(schedules)],
  }).output();
  const output = new TextDecoder().decode(stdout);
  assert.ok(success, output);
  assert.match(output, new RegExp(`^${schedules} schedules, 0 violations$`, "m"));
});
