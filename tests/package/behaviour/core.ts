/** The core, on whatever runtime this is: caching, secrets, errors, the simulated world. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialProvider, isRekeyError, RekeyError, Secret } from "@rekey/orm";
import { singleUser } from "@rekey/orm/rotation";
import { appSecretId, ManualClock, SeededRandom, SimulatedWorld } from "@rekey/orm/testing";
import { assertHidden, errorOf, printed, StagedSource, versionOf } from "./surroundings.ts";

const first = versionOf("app", "v1");
const second = versionOf("app", "v2");

/** A provider whose time stands still. */
function standingStill() {
  const source = new StagedSource(first);
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const options = { ttlMs: 60_000, refreshAheadMs: 0, clock, random };
  return { source, clock, credentials: credentialProvider(source, options) };
}

test("a thousand callers at once make one read", async () => {
  const { source, credentials } = standingStill();
  const got = await Promise.all(Array.from({ length: 1_000 }, () => credentials.get()));
  assert.equal(source.reads, 1);
  assert.equal(new Set(got).size, 1);
  assert.equal(got[0]!.password.reveal(), first.password);
  credentials.close();
});

test("a credential is kept for its TTL, and read again after it", async () => {
  const { source, clock, credentials } = standingStill();
  await credentials.get();
  source.stages = { current: second };
  await clock.advance(59_999);
  assert.equal((await credentials.get()).versionId, "v1");
  assert.equal(source.reads, 1);
  await clock.advance(1);
  assert.equal((await credentials.get()).versionId, "v2");
  assert.equal(source.reads, 2);
  credentials.close();
});

test("what a timer sets off settles before the next one runs, however deep", async () => {
  for (const pass of ["advance", "step"] as const) {
    const clock = new ManualClock();
    const happened: string[] = [];
    clock.setTimer(1, () => {
      void (async () => {
        for (let depth = 0; depth < 1_000; depth++) await null;
        happened.push("settled");
      })();
    });
    clock.setTimer(2, () => void happened.push("next"));
    if (pass === "advance") await clock.advance(2);
    else while (await clock.step(clock.monotonicMs() + 1));
    assert.deepEqual(happened, ["settled", "next"], pass);
  }
});

test("while the store is down, the last credential is given out, and not for ever", async () => {
  const { source, clock, credentials } = standingStill();
  await credentials.get();
  source.down = true;
  await clock.advance(60_000);
  assert.equal((await credentials.get()).versionId, "v1");
  assert.equal(credentials.stats().state, "stale");
  await clock.advance(86_400_000);
  assert.equal((await errorOf(credentials.get())).code, "SOURCE_FAILED");
  credentials.close();
});

test("everybody hears of a version that became current", async () => {
  const { source, credentials } = standingStill();
  await credentials.get();
  const heard: string[] = [];
  const end = credentials.subscribe(({ versionId }) => void heard.push(versionId));
  source.stages = { current: second };
  await credentials.refresh("the test");
  assert.deepEqual(heard, ["v2"]);
  end();
  credentials.close();
});

test("control: what is no secret is printed", () => {
  assert.ok(printed({ value: "correct horse" }).includes("correct horse"));
  assert.throws(() => assertHidden({ value: "correct horse" }, ["correct horse"]));
});

test("a secret shows in no way of printing and of copying", () => {
  const secret = new Secret("correct horse");
  const holders = [secret, { secret }, [secret], new Map([["secret", secret]]), { ...secret }];
  for (const holder of [...holders, new Error("outer", { cause: secret }), new Proxy(secret, {})]) {
    assertHidden(holder, ["correct horse"]);
  }
  assert.equal(`${secret} ${JSON.stringify({ secret })}`, '[secret] {"secret":"[secret]"}');
  assertHidden(structuredClone(secret), ["correct horse"]);
  assert.ok(secret.equals(new Secret("correct horse")) && !secret.equals(new Secret("")));
});

test("neither provider nor credential nor error shows the password", async () => {
  const { source, clock, credentials } = standingStill();
  const credential = await credentials.get();
  assertHidden([credential, credentials, credentials.stats()], [first.password]);
  source.stages = { current: { ...second, username: "" } };
  await clock.advance(60_000);
  const error = await errorOf(credentials.refresh());
  assertHidden(error, [first.password, second.password]);
  credentials.close();
});

test("a secret that is no credential is refused by code and field", async () => {
  const value = new Secret('{"username":"app","password":""}');
  const read = () => Promise.resolve({ versionId: "v1", value });
  const credentials = credentialProvider({ name: "broken", read });
  const error = await errorOf(credentials.get());
  assert.ok(isRekeyError(error));
  assert.deepEqual([error.code, error.field], ["INVALID_SECRET", "password"]);
  credentials.close();
  assert.equal((await errorOf(credentials.get())).code, "CLOSED");
});

test("errors are told by their code, those of another copy of the package as well", () => {
  const own = new RekeyError("CLOSED", "The provider is closed.");
  assert.ok(own instanceof Error && isRekeyError(own));
  const brand = Symbol.for("@rekey/orm/error");
  const foreign = Object.assign(new Error("of another copy"), { code: "CLOSED", [brand]: true });
  assert.ok(isRekeyError(foreign));
  assert.ok(!isRekeyError(Object.assign(new Error("of the driver"), { code: "CLOSED" })));
  assert.throws(() => credentialProvider(standingStill().source, { ttlMs: -1 }), {
    code: "INVALID_OPTION",
  });
});

test("the simulated world runs a rotation that no statement notices", async () => {
  const world = new SimulatedWorld({ seed: 1 });
  const client = world.process("web").client("primary");
  await world.clock.until(client.run({ id: "before", durationMs: 5 }));
  const rotator = world.rotator(singleUser());
  world.store.startRotation(appSecretId, "v2");
  for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
    assert.equal(await world.clock.until(rotator.invoke(step, "v2").outcome), "succeeded");
    world.primary.killSessions();
    await world.clock.advance(100);
    await world.clock.until(client.run({ id: step, durationMs: 5 }));
  }
  assert.equal(world.primary.executions("finishSecret"), 1);
});
