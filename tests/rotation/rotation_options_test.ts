import assert from "node:assert/strict";
import {
  alternatingUsers,
  rotate,
  rotationHandler,
  type RotationOptions,
  singleUser,
} from "../../core/rotation/mod.ts";
import { rotationHouse } from "./fixture.ts";

const house = rotationHouse();

Deno.test("options that cannot work are refused at once, and named", async () => {
  await using app = await house.app({ bootstrapped: false });
  const options = app.options(singleUser());
  const wrong: [change: Record<string, unknown>, message: RegExp][] = [
    [{ store: undefined }, /^store is missing/],
    [{ target: null }, /^target is missing/],
    [{ strategy: undefined }, /^strategy is missing/],
    [{ replicaTimeoutMs: -1 }, /^replicaTimeoutMs is -1/],
    [{ replicaTimeoutMs: NaN }, /^replicaTimeoutMs is NaN/],
    [{ replicaTimeoutMs: Infinity }, /^replicaTimeoutMs is Infinity/],
  ];
  for (const [change, message] of wrong) {
    const given = { ...options, ...change } as unknown as RotationOptions;
    assert.throws(() => rotationHandler(given), { code: "INVALID_OPTION", message });
    await assert.rejects(rotate(app.secretId, given), { code: "INVALID_OPTION", message });
  }
  assert.throws(() => alternatingUsers({ suffix: "" }), { code: "INVALID_OPTION" });
});

Deno.test("an observer hears of every step, and cannot break one", async () => {
  await using app = await house.app();
  const { versionId } = await rotate(app.secretId, {
    ...app.options(singleUser()),
    onEvent: (event) => {
      app.events.push(event);
      throw new Error("an observer's own fault");
    },
  });
  const about = { secretId: app.secretId, versionId, strategy: "single-user" };
  assert.deepEqual(
    app.events.map(({ durationMs: _, ...event }) => event),
    ["create", "set", "test", "finish"].flatMap((step) => [
      { type: "rotation-step-started", step, ...about },
      { type: "rotation-step-completed", step, ...about },
    ]),
  );
  assert.ok(app.events.every((event) => Object.isFrozen(event) && event.durationMs >= 0));
});

Deno.test("the event of a failed step carries the code of what was thrown", async () => {
  await using app = await house.app();
  await app.server.admin().unsafe(`alter role ${app.user} password 'changed by hand'`);
  await assert.rejects(rotate(app.secretId, app.options(singleUser())));
  const { type, step, code } = app.events.at(-1)!;
  assert.deepEqual(
    { type, step, code },
    { type: "rotation-step-failed", step: "set", code: "ROTATION_LOGIN_FAILED" },
  );
});
