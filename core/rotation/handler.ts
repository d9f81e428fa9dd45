/** The rotation function of Secrets Manager's contract: invoked once for each step. */

import { RekeyError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { observed } from "./events.ts";
import { type RotationOptions, stepDependencies } from "./options.ts";
import { type RotationStep, runStep } from "./steps.ts";
import { currentVersion, noVersion } from "./versions.ts";

const stepOf: Readonly<Record<string, RotationStep>> = {
  createSecret: "create",
  create_secret: "create",
  setSecret: "set",
  set_secret: "set",
  testSecret: "test",
  test_secret: "test",
  finishSecret: "finish",
  finish_secret: "finish",
};

/**
 * Makes a rotation function, for example a Lambda handler. It takes Secrets Manager's event
 * `{ SecretId, ClientRequestToken, Step, RotationToken? }`. Every step may be repeated.
 *
 * @returns a handler that rejects with a `RekeyError`: `ROTATION_NOT_ENABLED`,
 * `ROTATION_UNKNOWN_VERSION`, `ROTATION_UNKNOWN_STEP`, `ROTATION_MISMATCH`,
 * `ROTATION_LOGIN_FAILED`, `ROTATION_REPLICA_TIMEOUT`, `ROTATION_UNSUPPORTED`, `LOGIN_REFUSED`,
 * `INVALID_SECRET`; what the store or the driver throws besides is passed on
 * @throws {RekeyError} `INVALID_OPTION`
 *
 * @example A Lambda function, whole
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import postgres from "postgres";
 * import { rotationStore } from "@rekey/orm/aws";
 * import { postgresTarget } from "@rekey/orm/postgres";
 * import { rotationHandler, singleUser } from "@rekey/orm/rotation";
 *
 * export const handler = rotationHandler({
 *   store: rotationStore(new SecretsManager({ region: "eu-west-1" })),
 *   target: postgresTarget((login) => postgres({ ...login, ssl: "verify-full" })),
 *   strategy: singleUser(),
 * });
 * ```
 */
export function rotationHandler(options: RotationOptions): (event: unknown) => Promise<void> {
  const dependencies = stepDependencies(options);
  const { store, strategy, clock } = dependencies;

  return async (event) => {
    const { secretId, versionId, step, rotationToken } = parseEvent(event);
    const about = { step, secretId, versionId, strategy: strategy.name };
    await observed(about, clock, options.onEvent, async () => {
      const { rotationEnabled, stages } = await store.describe(secretId);
      if (!rotationEnabled) {
        throw new RekeyError(
          "ROTATION_NOT_ENABLED",
          `The secret "${secretId}" is not enabled for rotation. Enable it in the store first.`,
        );
      }
      const labels = stages.get(versionId);
      if (labels?.includes("current")) return;
      if (!labels?.includes("pending")) {
        throw new RekeyError(
          "ROTATION_UNKNOWN_VERSION",
          labels === undefined
            ? `The secret "${secretId}" has no version ${versionId}. Start a rotation in the store.`
            : `Version ${versionId} of the secret "${secretId}" is not staged as pending.`,
        );
      }
      const currentId = currentVersion(stages);
      if (currentId === undefined) throw noVersion(secretId, "current");
      await runStep(step, dependencies, {
        secretId,
        versionId,
        currentId,
        ...rotationToken !== undefined && { rotationToken },
      });
    });
  };
}

function parseEvent(event: unknown) {
  const fields = (typeof event === "object" && event !== null ? event : {}) as Record<
    string,
    unknown
  >;
  const textOf = (name: string) => {
    const found = fields[name];
    if (typeof found === "string" && found !== "") return found;
    throw new RekeyError(
      "INVALID_OPTION",
      `The rotation event has no ${name}. Expected { SecretId, ClientRequestToken, Step }.`,
      { field: name },
    );
  };
  const name = textOf("Step");
  const step = Object.hasOwn(stepOf, name) ? stepOf[name] : undefined;
  if (step === undefined) {
    throw new RekeyError(
      "ROTATION_UNKNOWN_STEP",
      `The rotation step is none of createSecret, setSecret, testSecret, finishSecret.`,
    );
  }
  return {
    step,
    secretId: textOf("SecretId"),
    versionId: textOf("ClientRequestToken"),
    // Sensitive: with it a cross-account caller may write the secret.
    rotationToken: fields.RotationToken === undefined || fields.RotationToken === null
      ? undefined
      : new Secret(textOf("RotationToken")),
  };
}
