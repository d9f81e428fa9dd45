import assert from "node:assert/strict";
import { alternatingUsers, rotate, rotationHandler, singleUser } from "../../core/rotation/mod.ts";
import { impatientClock, rotationHouse } from "./fixture.ts";

const house = rotationHouse();

for (const operation of ["PutSecretValue", "UpdateSecretVersionStage"]) {
  for (const times of [1, 2]) {
    Deno.test(`the answer of ${operation} may get lost, ${times} in a row`, async () => {
      await using app = await house.app();
      // The client itself repeats a call whose connection was cut, and meets its own work.
      using fault = app.double.inject({
        match: { operation, secretId: app.secretId },
        kind: "drop-response",
        times,
      });
      const { versionId } = await rotate(app.secretId, app.options(singleUser()));
      assert.equal(fault.hits, times);
      assert.deepEqual((await app.labels())[versionId], ["AWSCURRENT"]);
      assert.equal(await app.login("current"), "ok");
    });
  }
}

Deno.test("the lost answers of both label moves are no failure", async () => {
  await using app = await house.app();
  using fault = app.double.inject({
    match: { operation: "UpdateSecretVersionStage", versionStage: "AWSPENDING" },
    kind: "drop-response",
    times: 1,
  });
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(fault.hits, 1);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a repeated create step keeps the password that it made first", async () => {
  await using app = await house.app();
  const token = await app.stage();
  const handler = rotationHandler(app.options(singleUser()));
  const create = { SecretId: app.secretId, ClientRequestToken: token, Step: "createSecret" };
  await handler(create);
  const { password } = (await app.payload("pending"))!;
  await handler(create);
  assert.ok((await app.payload("pending"))!.password.equals(password));
  assert.equal(app.passwords.length, 2);
});

Deno.test("throttled calls are repeated by the client, and the rotation ends well", async () => {
  await using app = await house.app();
  using fault = app.double.inject({
    match: { secretId: app.secretId },
    kind: "throttle",
    times: 2,
  });
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(fault.hits, 2);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a promotion that is denied is an error, and the old version stays current", async () => {
  await using app = await house.app();
  using _fault = app.double.inject({
    match: { operation: "UpdateSecretVersionStage" },
    kind: "access-denied",
  });
  const before = (await app.payload("current"))!;
  await assert.rejects(
    rotate(app.secretId, app.options(alternatingUsers())),
    { name: "AccessDeniedException" },
  );
  assert.ok((await app.payload("current"))!.password.equals(before.password));
  assert.equal(await app.login("current"), "ok");
});

for (const Step of ["createSecret", "setSecret"]) {
  Deno.test(`a stale answer about the current version is asked again, ${Step}`, async () => {
    await using app = await house.app();
    const strategy = alternatingUsers();
    const staleMs = performance.now();
    await rotate(app.secretId, app.options(strategy));
    const active = (await app.payload("current"))!.username;
    const verifier = await app.verifier(active);
    const token = await app.stage();
    const handler = rotationHandler(app.options(strategy));
    const event = { SecretId: app.secretId, ClientRequestToken: token };
    if (Step === "setSecret") await handler({ ...event, Step: "createSecret" });

    using fault = app.double.inject({
      match: { operation: "GetSecretValue", versionStage: "AWSCURRENT", secretId: app.secretId },
      kind: "stale-read",
      asOfMs: staleMs,
      times: 2,
    });
    await handler({ ...event, Step });
    assert.equal(fault.hits, 2);
    // Built on the stale version, it would be the user that apps use now.
    assert.equal((await app.payload("pending"))!.username, app.user);
    assert.equal(await app.verifier(active), verifier);
    for (const Step of ["setSecret", "testSecret", "finishSecret"]) {
      await handler({ ...event, Step });
    }
    assert.equal(await app.login("current"), "ok");
    assert.equal(await app.login("previous"), "ok");
    assert.equal(await app.verifier(active), verifier);
  });
}

Deno.test("answers that stay stale end the step, and touch no user", async () => {
  await using app = await house.app();
  const staleMs = performance.now();
  await rotate(app.secretId, app.options(alternatingUsers()));
  const token = await app.stage();
  using _fault = app.double.inject({
    match: { operation: "GetSecretValue", secretId: app.secretId },
    kind: "stale-read",
    asOfMs: staleMs,
  });
  const handler = rotationHandler({
    ...app.options(alternatingUsers()),
    clock: impatientClock,
  });
  await assert.rejects(
    handler({ SecretId: app.secretId, ClientRequestToken: token, Step: "createSecret" }),
    { code: "ROTATION_UNKNOWN_VERSION" },
  );
});

Deno.test("a script that rotates is not ended by its own waiting", async () => {
  const script = `
    import { systemClock } from ${JSON.stringify(import.meta.resolve("../../core/clock.ts"))};
    import { backOff } from ${JSON.stringify(import.meta.resolve("../../core/rotation/wait.ts"))};
    // Not awaited here: Deno waits for a module's own await whatever the timers say, Node does not.
    backOff(systemClock, { next: () => 0 }, 0).then(() => console.log("done"));`;
  const output = await new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output();
  assert.equal(new TextDecoder().decode(output.stdout), "done\n");
  assert.equal(output.code, 0);
});
