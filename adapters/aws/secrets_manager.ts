/** A secret in AWS Secrets Manager, as a source of credentials. */

import { RekeyError } from "../../core/errors.ts";
import type { SecretSource } from "../../core/source.ts";
import type { SecretsManagerReader } from "./client.ts";
import { readVersion } from "./read_version.ts";

/**
 * The secret `secretId`, read with the user's client.
 *
 * The app needs `secretsmanager:GetSecretValue` on the secret, and nothing else. A policy that
 * allows only the stage AWSCURRENT works too, but then logins fail while a single-user rotation is
 * under way: nothing else knows the password then.
 *
 * @param client `new SecretsManager(...)` of `@aws-sdk/client-secrets-manager` v3
 * @param secretId the secret's name or ARN
 * @throws {RekeyError} `INVALID_OPTION` when either is missing
 *
 * @example
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import { secretsManager } from "@rekey/orm/aws";
 *
 * const source = secretsManager(new SecretsManager({ region: "eu-west-1" }), "prod/app-db");
 * ```
 */
export function secretsManager(client: SecretsManagerReader, secretId: string): SecretSource {
  if (typeof client?.getSecretValue !== "function") {
    throw new RekeyError(
      "INVALID_OPTION",
      "The client has no getSecretValue(): pass `new SecretsManager(...)` of " +
        "@aws-sdk/client-secrets-manager v3, not `SecretsManagerClient`.",
    );
  }
  if (typeof secretId !== "string" || secretId === "") {
    throw new RekeyError("INVALID_OPTION", "secretId is empty: pass the secret's name or ARN.");
  }
  return Object.freeze(
    {
      name: secretId,
      read: (stage, { signal }) => readVersion(client, secretId, stage, signal),
    } satisfies SecretSource,
  );
}
