/**
 * Schedules that once broke a property, each with a sentence about what was wrong. The text is what
 * a failing run prints.
 */

import assert from "node:assert/strict";
import {
  adminSecretId,
  appSecretId,
  secretOf,
  SimulatedWorld,
} from "../../adapters/testing/simulation/world.ts";
import { SimulatedTarget } from "../../adapters/testing/simulation/database/mod.ts";
import { ProcessClock } from "../../adapters/testing/simulation/process_clock.ts";
import { deferred } from "../../core/deferred.ts";
import { dualPassword } from "../../core/rotation/dual_password.ts";
import type { RotationTarget } from "../../core/rotation/ports.ts";
import { singleUser } from "../../core/rotation/single_user.ts";
import type { SetContext } from "../../core/rotation/strategy.ts";
import { parseSecretPayload } from "../../core/secret_payload.ts";
import { strategies } from "./strategies/mod.ts";
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
  "two set steps at the same time tried three passwords each, and locked the user out": `
    {"seed":1321211920,"strategy":"single-user","calm":true,"processes":1,"max":1,"ttlMs":2000,"lagMs":0,"sharedName":false,"waitsForReplica":false,"lockout":"mysql","maxLifetimeMs":700,"drainMs":500,"heedsSignal":false}
    statements(4, 1 ms)
    next step
    next step
    next step
    next step
    next step
    statements(2, 1 ms)
    hints(0.01, 200 ms)
    next step
    step duplicated(0.00, 200 ms)
    next step`,
  "a refusal that the network swallowed did not count, and two more locked the user out": `
    {"seed":0,"strategy":"single-user","calm":true,"processes":1,"max":1,"ttlMs":2342,"lagMs":0,"sharedName":false,"waitsForReplica":false,"lockout":"mysql","maxLifetimeMs":700,"drainMs":500,"heedsSignal":false}
    next step
    next step
    next step
    next step
    next step
    next step
    next step
    wait(5 ms)
    statements(2, 988 ms)
    half-open connections(0.00, 200 ms)
    wait(1 ms)`,
  "a version that had just been refused was probed at once when an older one was accepted": `
    {"seed":0,"strategy":"single-user","calm":true,"processes":1,"max":1,"ttlMs":4001,"lagMs":4000,"sharedName":false,"waitsForReplica":false,"lockout":"none","maxLifetimeMs":700,"drainMs":500,"heedsSignal":false}
    next step
    wait(1894 ms)
    statements(1, 1120 ms)
    next step
    next step
    next step
    next step
    replica restarted(0.19, 200 ms)
    wait(1 ms)`,
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

for (const { name, strategy, secondPasswords } of strategies) {
  Deno.test(`once: the test step locked the user out on a replica that lags, ${name}`, async () => {
    const world = new SimulatedWorld({ seed: 1, server: { secondPasswords } });
    const replica = world.replica("replica", 1_500);
    replica.lockOut({ kind: "mariadb", afterFailures: 3 });
    const rotator = world.rotator(strategy(), { replicas: ["replica"] });
    // The second rotation gives an alternating user another password, which the replica has not yet.
    for (const versionId of ["v2", "v3", "v4"]) {
      world.store.startRotation(appSecretId, versionId);
      for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
        const { outcome } = rotator.invoke(step, versionId);
        assert.equal(await world.clock.until(outcome), "succeeded", `${step} of ${versionId}`);
      }
      world.store.completeRotation(appSecretId, versionId);
    }
    assert.ok(replica.failedLogins.length > 3);
  });
}

Deno.test("once: a late set step of dual passwords took away what an earlier one had set", async () => {
  const world = new SimulatedWorld({ seed: 1, server: { secondPasswords: true } });
  const { clients, clock, primary, store } = world;
  const payload = (password: Parameters<typeof secretOf>[1]) => ({
    ...parseSecretPayload(secretOf("app", password), { engines: ["postgres"] }),
    host: "primary",
  });
  const current = payload(store.loginOf(appSecretId, "v1")!.password);
  const pending = payload(store.newPassword());
  const history: boolean[] = [];
  const inPlace = () =>
    primary.snapshot().get("app")!.passwords.includes(pending.password.reveal());
  const target = new SimulatedTarget(clients, new ProcessClock(clock), {
    onPasswordChange: () => history.push(inPlace()),
  });
  const set = (target: RotationTarget) => {
    const previous = () => Promise.resolve(undefined);
    const admin = () => Promise.reject(new Error(adminSecretId));
    const context: SetContext = { target, current, pending, previous, admin };
    return dualPassword().set(context);
  };
  // It has found that pending does not log in, and goes on when the other one is done.
  const { promise: done, resolve } = deferred<void>();
  const late = set({
    engines: target.engines,
    usernameLimit: target.usernameLimit,
    async login(login) {
      const outcome = await target.login(login);
      if (outcome.accepted) await done;
      return outcome;
    },
  });
  await clock.until(set(target));
  resolve();
  await clock.until(late);
  assert.deepEqual(history, [true]);
});
