import assert from "node:assert/strict";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { rotationStore } from "../../adapters/aws/mod.ts";
import {
  alternatingUsers,
  rotate,
  rotationHandler,
  type RotationOptions,
  singleUser,
} from "../../core/rotation/mod.ts";
import { Secret } from "../../core/secret.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { type App, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const rotationToken = "rotation-token-0123456789-abcdef";

/** All that must not show: passwords, verifiers and the store's own token. */
async function secretsOf(app: App): Promise<string[]> {
  const verifiers = [await app.verifier(app.user), await app.verifier(app.twin)];
  return [...app.passwords, rotationToken, ...verifiers.filter((found) => found !== undefined)];
}

/** What the console was told meanwhile. */
async function consoleOf(work: () => Promise<void>): Promise<unknown[][]> {
  const methods = ["log", "info", "warn", "error", "debug"] as const;
  const originals = methods.map((method) => console[method]);
  const told: unknown[][] = [];
  for (const method of methods) console[method] = (...args: unknown[]) => void told.push(args);
  try {
    await work();
  } finally {
    methods.forEach((method, index) => console[method] = originals[index]!);
  }
  return told;
}

Deno.test("the rotation token reaches PutSecretValue, and nobody else", async () => {
  await using app = await house.app();
  const inputs: [operation: string, input: object][] = [];
  const client = new SecretsManager(app.double.clientConfig("watched"));
  client.middlewareStack.add((next, context) => (args) => {
    inputs.push([String(context["commandName"]), args.input]);
    return next(args);
  }, { step: "initialize" });
  const options = { ...app.options(singleUser()), store: rotationStore(client) };
  const handler = rotationHandler(options);
  const token = await app.stage();
  try {
    const told = await consoleOf(async () => {
      for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
        await handler({
          SecretId: app.secretId,
          ClientRequestToken: token,
          Step,
          RotationToken: rotationToken,
        });
      }
    });
    const holding = inputs.filter(([, input]) => JSON.stringify(input).includes(rotationToken));
    assert.deepEqual(holding.map(([operation]) => operation), ["PutSecretValueCommand"]);
    assert.equal((holding[0]![1] as { RotationToken?: string }).RotationToken, rotationToken);
    const password = (await app.payload("current"))!.password.reveal();
    assertNoSecretIn([told, app.events, options, handler], [rotationToken, password]);
  } finally {
    client.destroy();
  }
});

Deno.test("without a rotation token the field is not sent at all", async () => {
  const inputs: object[] = [];
  const client = { putSecretValue: (input: object) => (inputs.push(input), Promise.resolve({})) };
  const store = rotationStore(client as unknown as Parameters<typeof rotationStore>[0]);
  await store.putPending("id", "version", new Secret("value"));
  assert.ok(!("RotationToken" in inputs[0]!));
});

for (const strategy of [singleUser(), alternatingUsers()]) {
  Deno.test(`no event, option or result shows a secret, ${strategy.name}`, async () => {
    await using app = await house.app();
    const options = app.options(strategy);
    const results: unknown[] = [];
    const told = await consoleOf(async () => {
      for (let round = 0; round < 2; round++) results.push(await rotate(app.secretId, options));
    });
    results.push(await app.store.read(app.secretId, "current"), await app.payload("current"));
    assert.equal(app.events.length, 16);
    assertNoSecretIn([told, results, app.events, app.target], await secretsOf(app));
  });
}

/** Ways to make a rotation fail, each at another depth. */
const failures: Readonly<
  Record<string, (app: App, options: RotationOptions) => Promise<RotationOptions>>
> = {
  "a wrong current password": async (app, options) => {
    await app.server.admin().unsafe(`alter role ${app.user} password 'another-password'`);
    return options;
  },
  "a set that the server refuses": async (app, options) => {
    // Neither an admin who may not, nor a user whose password somebody else manages.
    await app.server.admin().unsafe(`create role ${app.user}_weak login password 'weak-password'`);
    const weak = { username: `${app.user}_weak`, password: "weak-password" };
    return { ...options, adminSecretId: await app.copySecret(weak) };
  },
  "a server that is not there": async (app, options) => {
    await app.client.updateSecret({
      SecretId: app.secretId,
      SecretString: JSON.stringify({
        username: app.user,
        password: app.passwords[0],
        host: "127.0.0.1",
        port: 1,
      }),
    });
    return options;
  },
  "a database that is not there": (app, options) =>
    Promise.resolve({
      ...options,
      target: { ...app.target, login: () => Promise.reject(cause()) },
    }),
  "a store that denies": (app, options) => {
    app.double.inject({
      match: { operation: "PutSecretValue", secretId: app.secretId },
      kind: "access-denied",
    });
    return Promise.resolve(options);
  },
  "a store that breaks": (app, options) => {
    app.double.inject({
      match: { operation: "UpdateSecretVersionStage", secretId: app.secretId },
      kind: "internal-error",
    });
    return Promise.resolve(options);
  },
};

function cause(): Error {
  return Object.assign(new Error("database does not exist"), { code: "3D000", severity: "FATAL" });
}

for (const [what, prepare] of Object.entries(failures)) {
  for (const strategy of [singleUser(), alternatingUsers()]) {
    Deno.test(`the error of ${what} shows no secret, ${strategy.name}`, async () => {
      await using app = await house.app();
      const options = await prepare(app, app.options(strategy));
      const thrown = await rotate(app.secretId, options).then(() => undefined, (error) => error);
      // A user who changes its own password needs no admin.
      if (what === "a set that the server refuses" && strategy.name === "single-user") {
        return assert.equal(thrown, undefined);
      }
      assert.ok(thrown instanceof Error);
      assertNoSecretIn([thrown, app.events], [...await secretsOf(app), "SCRAM-SHA-256$4096"]);
    });
  }
}

Deno.test("a server that refuses the new password gets no verifier into the error", async () => {
  await using app = await house.app();
  const { target } = app;
  const hostile: typeof target = {
    ...target,
    async login(login) {
      const outcome = await target.login(login);
      if (!outcome.accepted) return outcome;
      const { session } = outcome;
      return {
        accepted: true,
        session: {
          ...session,
          // Nobody of that name: the real statement, verifier and all, fails on the server.
          setOwnPassword: (_user, password) => session.setOwnPassword("no_such_user", password),
        },
      };
    },
  };
  await assert.rejects(
    rotate(app.secretId, { ...app.options(singleUser()), target: hostile }),
    (error: Error & { code: string }) => {
      assert.match(error.code, /^(42704|42501)$/);
      assertNoSecretIn(error, [...app.passwords, "SCRAM-SHA-256$4096"]);
      return true;
    },
  );
});
