/** What the rotator does, whatever the database: registered once for each. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { credentialProvider } from "@rekey/orm";
import { rotationStore, secretsManager } from "@rekey/orm/aws";
import { rotate, type RotationEvent, rotationHandler, singleUser } from "@rekey/orm/rotation";
import type { Database } from "./database.ts";
import { assertHidden, errorOf, freshName, surroundings, versionOf } from "./surroundings.ts";

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/** A user of its own, his secret in the store, and the store. */
async function withSecret(
  open: () => Database,
  body: (scene: Awaited<ReturnType<typeof sceneOf>>) => Promise<void>,
): Promise<void> {
  const database = open();
  const aws = new SecretsManager(surroundings().secretsManager);
  try {
    await body(await sceneOf(database, aws));
  } finally {
    aws.destroy();
    await database.end();
  }
}

async function sceneOf(database: Database, aws: SecretsManager) {
  const SecretId = freshName();
  const first = versionOf(SecretId, "v1");
  const { engine, target, server: { host, port } } = database;
  const { username, password } = first;
  await database.createUser(first);
  await aws.createSecret({
    Name: SecretId,
    SecretString: JSON.stringify({ engine, host, port, username, password }),
  });
  return {
    database,
    aws,
    SecretId,
    first,
    options: { store: rotationStore(aws), target, strategy: singleUser() },
    /** The password under a stage. */
    async password(VersionStage: string): Promise<string> {
      const { SecretString } = await aws.getSecretValue({ SecretId, VersionStage });
      return JSON.parse(SecretString!).password;
    },
    /** What a client with the secret as it is now answers. */
    async user(): Promise<string> {
      // Not `using`: Node 20 cannot read it.
      const credentials = credentialProvider(secretsManager(aws, SecretId));
      const client = database.client({ credentials });
      try {
        return await client.user();
      } finally {
        await client.end();
        credentials.close();
      }
    },
  };
}

/** Registers the tests of one database. */
export function rotatorTests(name: string, open: () => Database): void {
  test(`${name}: the four steps, each of them twice, change the password of one user`, () =>
    withSecret(open, async ({ aws, SecretId, first, options, password, user }) => {
      const ClientRequestToken = crypto.randomUUID();
      await aws.rotateSecret({ SecretId, ClientRequestToken, ...rotationFunction() });
      const handler = rotationHandler(options);
      for (const Step of steps) {
        for (let turn = 0; turn < 2; turn++) await handler({ SecretId, ClientRequestToken, Step });
      }
      const { VersionId } = await aws.getSecretValue({ SecretId });
      assert.equal(VersionId, ClientRequestToken);
      assert.notEqual(await password("AWSCURRENT"), first.password);
      assert.equal(await password("AWSPREVIOUS"), first.password);
      assert.equal(await user(), first.username);
    }));

  test(`${name}: a client goes on through rotations, whose sessions are killed after every step`, () =>
    withSecret(open, async ({ aws, SecretId, database, first, options, password }) => {
      const credentials = credentialProvider(secretsManager(aws, SecretId));
      const client = database.client({ credentials, max: 2 });
      const handler = rotationHandler(options);
      try {
        const passwords = new Set([first.password]);
        let answers = 0;
        for (let round = 0; round < 2; round++) {
          const ClientRequestToken = crypto.randomUUID();
          await aws.rotateSecret({ SecretId, ClientRequestToken, ...rotationFunction() });
          for (const Step of steps) {
            await handler({ SecretId, ClientRequestToken, Step });
            const numbers = [1, 2, 3, ++answers];
            const load = Promise.all(numbers.map((n) => repeated(() => client.echo(n))));
            await database.kill(first.username);
            assert.deepEqual(await load, numbers);
          }
          passwords.add(await password("AWSCURRENT"));
        }
        assert.equal(passwords.size, 3);
        assertHidden([client.value, credentials], [...passwords]);
      } finally {
        await client.end();
        credentials.close();
      }
    }));

  test(`${name}: a whole rotation in one call, and another one`, () =>
    withSecret(open, async ({ SecretId, first, options, password, user }) => {
      const events: RotationEvent[] = [];
      const onEvent = (event: RotationEvent) => void events.push(event);
      const { versionId, resumed } = await rotate(SecretId, { ...options, onEvent });
      assert.ok(!resumed);
      assert.equal(events.filter(({ type }) => type === "rotation-step-completed").length, 4);
      assert.notEqual((await rotate(SecretId, options)).versionId, versionId);
      assert.equal(await user(), first.username);
      assertHidden(events, [first.password, await password("AWSPREVIOUS")]);
    }));

  test(`${name}: what goes wrong is told by its code, and without a password`, () =>
    withSecret(open, async ({ aws, SecretId, first, options, database }) => {
      const handler = rotationHandler(options);
      const ClientRequestToken = crypto.randomUUID();
      const event = { SecretId, ClientRequestToken, Step: "createSecret" };
      assert.equal((await errorOf(handler(event))).code, "ROTATION_NOT_ENABLED");
      await aws.rotateSecret({ SecretId, ClientRequestToken, ...rotationFunction() });
      const unknown = { ...event, ClientRequestToken: crypto.randomUUID() };
      assert.equal((await errorOf(handler(unknown))).code, "ROTATION_UNKNOWN_VERSION");
      const dance = { ...event, Step: "danceSecret" };
      assert.equal((await errorOf(handler(dance))).code, "ROTATION_UNKNOWN_STEP");
      await handler(event);
      const changed = versionOf(first.username, "changed by hand");
      await database.setPassword(changed);
      const error = await errorOf(handler({ ...event, Step: "setSecret" }));
      assert.equal(error.code, "ROTATION_LOGIN_FAILED");
      assertHidden(error, [first.password, changed.password]);
    }));
}

/** What the store is told to call; it does nothing, so that the test calls the steps itself. */
function rotationFunction() {
  const { rotationFunction: RotationLambdaARN } = surroundings();
  return { RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 30 } };
}

/** Repeats a read that was on the wire of a session that was killed, as an app may. */
async function repeated<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if ((error as { possiblyExecuted?: boolean }).possiblyExecuted !== true) throw error;
    }
  }
}
