import assert from "node:assert/strict";
import {
  alternatingUsers,
  rotationHandler,
  type RotationOptions,
  type RotationStrategy,
  singleUser,
} from "../../core/rotation/mod.ts";
import { type App, impatientClock, rotationHouse } from "./fixture.ts";

const house = rotationHouse();

/** Invokes one step of a staged rotation. */
function step(app: App, options: RotationOptions, token: string, Step: string): Promise<void> {
  return rotationHandler(options)({ SecretId: app.secretId, ClientRequestToken: token, Step });
}

/** Puts a pending version that differs from the current one in these fields. */
async function putPending(app: App, fields: Readonly<Record<string, unknown>>): Promise<string> {
  const token = await app.stage();
  const { SecretString } = await app.client.getSecretValue({ SecretId: app.secretId });
  await app.client.putSecretValue({
    SecretId: app.secretId,
    ClientRequestToken: token,
    SecretString: JSON.stringify({ ...JSON.parse(SecretString!), password: "pending", ...fields }),
    VersionStages: ["AWSPENDING"],
  });
  return token;
}

/** The set step fails with `code`, and neither server heard more than the guard allows. */
async function assertSetRefused(
  app: App,
  strategy: RotationStrategy,
  token: string,
  expected: { readonly code: string; readonly field?: string },
): Promise<void> {
  const before = [await app.verifier(app.user), await app.verifier(app.twin)];
  await assert.rejects(step(app, app.options(strategy), token, "setSecret"), expected);
  assert.deepEqual([await app.verifier(app.user), await app.verifier(app.twin)], before);
  assert.equal(await app.login("current"), "ok");
}

const mismatch = (field: string) => ({ code: "ROTATION_MISMATCH", field });

for (
  const [field, value] of [["host", "db.invalid"], ["port", 1], ["username", "postgres"]] as const
) {
  Deno.test(`single user: a pending version with another ${field} is refused before any login`, async () => {
    await using app = await house.app();
    const token = await putPending(app, { [field]: value });
    const logins: string[] = [];
    const target = { ...app.target, login: () => (logins.push(""), Promise.reject()) };
    await assert.rejects(
      step(app, { ...app.options(singleUser()), target }, token, "setSecret"),
      mismatch(field),
    );
    assert.equal(logins.length, 0);
    assert.equal(await app.login("current"), "ok");
  });
}

for (
  const [what, fields, field] of [
    ["the same user", {}, "username"],
    ["a stranger", { username: "postgres" }, "username"],
    ["the twin elsewhere", { host: "db.invalid" }, "host"],
    ["the twin at another port", { port: 1 }, "host"],
  ] as const
) {
  Deno.test(`alternating users: a pending version for ${what} is refused`, async () => {
    await using app = await house.app();
    const twin = field === "host" ? { username: app.twin } : {};
    const token = await putPending(app, { ...twin, ...fields });
    await assertSetRefused(app, alternatingUsers(), token, mismatch(field));
  });
}

Deno.test("alternating users without an admin secret say what is missing", async () => {
  await using app = await house.app();
  const token = await app.stage();
  await step(app, app.options(alternatingUsers()), token, "createSecret");
  for (const [adminSecretId, code] of [["no-such", "ROTATION_UNKNOWN_VERSION"]] as const) {
    const options = { ...app.options(alternatingUsers()), adminSecretId };
    await assert.rejects(step(app, options, token, "setSecret"), { code });
  }
});

Deno.test("a secret that is not enabled for rotation is refused, whatever the step", async () => {
  await using app = await house.app();
  const handler = rotationHandler(app.options(singleUser()));
  const token = await app.stage();
  await app.client.cancelRotateSecret({ SecretId: app.secretId });
  for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
    await assert.rejects(
      handler({ SecretId: app.secretId, ClientRequestToken: token, Step }),
      { code: "ROTATION_NOT_ENABLED" },
    );
  }
});

Deno.test("a token that names no version, or one that is not pending, is refused", async () => {
  await using app = await house.app();
  const old = Object.keys(await app.labels())[0]!;
  await app.rotateByStore(app.options(singleUser()));
  const unknown = crypto.randomUUID();
  for (
    const [token, message] of [[unknown, /has no version/], [old, /not staged as pending/]] as const
  ) {
    for (const Step of ["createSecret", "finishSecret"]) {
      await assert.rejects(
        step(app, app.options(singleUser()), token, Step),
        (error: Error & { code: string }) =>
          error.code === "ROTATION_UNKNOWN_VERSION" && message.test(error.message),
      );
    }
  }
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a token that is current already has nothing left to do", async () => {
  await using app = await house.app();
  const token = await app.rotateByStore(app.options(singleUser()));
  const { password } = (await app.payload("current"))!;
  for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
    await step(app, app.options(singleUser()), token, Step);
  }
  assert.ok((await app.payload("current"))!.password.equals(password));
});

Deno.test("steps out of their order are refused: no value is tested, set or made current", async () => {
  await using app = await house.app();
  const options = { ...app.options(singleUser()), clock: impatientClock };
  const token = await app.stage();
  for (const Step of ["setSecret", "testSecret", "finishSecret"]) {
    await assert.rejects(
      step(app, options, token, Step),
      { code: "ROTATION_UNKNOWN_VERSION" },
    );
  }
  await step(app, options, token, "createSecret");
  await assert.rejects(
    step(app, options, token, "testSecret"),
    { code: "ROTATION_LOGIN_FAILED" },
  );
  assert.ok((await app.labels())[token]!.includes("AWSPENDING"));
  assert.equal(await app.login("current"), "ok");
});

Deno.test("both spellings of the steps are understood, others are not", async () => {
  await using app = await house.app();
  const token = await app.stage();
  for (const Step of ["create_secret", "set_secret", "test_secret", "finish_secret"]) {
    await step(app, app.options(singleUser()), token, Step);
  }
  assert.ok((await app.labels())[token]!.includes("AWSCURRENT"));
  for (const Step of ["create", "deleteSecret", "constructor", "__proto__", "CREATESECRET"]) {
    await assert.rejects(
      step(app, app.options(singleUser()), token, Step),
      { code: "ROTATION_UNKNOWN_STEP" },
    );
  }
});

Deno.test("a malformed event is refused, naming the field", async () => {
  await using app = await house.app();
  const handler = rotationHandler(app.options(singleUser()));
  const whole = { SecretId: app.secretId, ClientRequestToken: "x", Step: "createSecret" };
  const malformed: [event: unknown, field: string][] = [
    [undefined, "Step"],
    [null, "Step"],
    ["createSecret", "Step"],
    [{}, "Step"],
    [{ ...whole, Step: 1 }, "Step"],
    [{ ...whole, SecretId: "" }, "SecretId"],
    [{ ...whole, ClientRequestToken: undefined }, "ClientRequestToken"],
    [{ ...whole, RotationToken: 7 }, "RotationToken"],
  ];
  for (const [event, field] of malformed) {
    await assert.rejects(handler(event), { code: "INVALID_OPTION", field });
  }
  assert.deepEqual(app.events, []);
});
