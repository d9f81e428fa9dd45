/**
 * Schedules that once broke a property, each with a sentence about what was wrong. The text is what
 * a failing run prints.
 */

import assert from "node:assert/strict";
import { appSecretId, SimulatedWorld } from "../../adapters/testing/simulation/world.ts";
import { singleUser } from "../../core/rotation/single_user.ts";
import { Director } from "./schedule/director.ts";
import { parseScript } from "./schedule/script.ts";
import { runSchedule } from "./simulate.ts";

const regressions: Readonly<Record<string, string>> = {
  "an endpoint without connections tried a pushed version again at once when the old one was refused":
    `
    {"seed":1526403135,"strategy":"single-user","calm":true,"processes":1,"max":3,"ttlMs":2036,"lagMs":10,"sharedName":false,"waitsForReplica":true,"lockout":"none","maxLifetimeMs":700,"drainMs":null,"heedsSignal":true}
    next step
    next step
    next step
    wait(1616 ms)
    next step
    wait(1825 ms)
    next step
    next step
    next step
    wait(1767 ms)`,
  "a version first seen as previous counted as older than those before it": `
    {"seed":13,"strategy":"single-user","calm":false,"processes":1,"max":2,"ttlMs":5952,"lagMs":4000,"sharedName":false,"waitsForReplica":false,"lockout":"none","maxLifetimeMs":3000,"drainMs":null,"heedsSignal":false}
    replica restarted(0.55, 1282 ms)
    next step
    next step
    wait(1917 ms)
    next step
    next step
    wait(3 ms)
    process frozen(0.45, 2525 ms)
    next step`,
  "a version seen as pending before its predecessor became current counted as the older one": `
    {"seed":0,"strategy":"alternating-users","calm":false,"processes":1,"max":1,"ttlMs":2000,"lagMs":4000,"sharedName":false,"waitsForReplica":false,"lockout":"none","maxLifetimeMs":700,"drainMs":500,"heedsSignal":false}
    next step
    next step
    next step
    next step
    next step
    next step
    statements(1, 1154 ms)
    wait(3055 ms)
    next step
    next step
    statements(1, 1 ms)
    wait(455 ms)
    next step`,
};

for (const [sentence, text] of Object.entries(regressions)) {
  Deno.test(`once: ${sentence}`, async () => {
    const { configuration, commands } = parseScript(text);
    await runSchedule(new Director(configuration), configuration, commands);
  });
}

Deno.test("once: the test step gave a replica up that was restarting, instead of waiting for it", async () => {
  const world = new SimulatedWorld({ seed: 1 });
  const replica = world.replica("replica", 0);
  const rotator = world.rotator(singleUser(), { replicas: ["replica"] });
  world.store.startRotation(appSecretId, "v2");
  for (const step of ["createSecret", "setSecret"] as const) {
    assert.equal(await world.clock.until(rotator.invoke(step, "v2").outcome), "succeeded");
  }
  replica.restart(3_000);
  const begunMs = world.clock.monotonicMs();
  assert.equal(await world.clock.until(rotator.invoke("testSecret", "v2").outcome), "succeeded");
  assert.ok(world.clock.monotonicMs() - begunMs >= 3_000);
});
