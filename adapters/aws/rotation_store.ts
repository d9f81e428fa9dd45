/** AWS Secrets Manager, as the store that the rotator works on. */

import { codeOf, RekeyError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import type { RotationStore, SecretDescription } from "../../core/rotation/ports.ts";
import type { VersionStage } from "../../core/credential.ts";
import type { SecretsManagerRotator } from "./client.ts";
import { labelOf, readVersion } from "./read_version.ts";

const stageOf = new Map<string, VersionStage>(
  (Object.keys(labelOf) as VersionStage[]).map((stage) => [labelOf[stage], stage]),
);

/**
 * Secrets Manager for the rotator.
 *
 * The rotation function needs, on the secret: `GetSecretValue`, `DescribeSecret`,
 * `PutSecretValue`, `UpdateSecretVersionStage`; `GetRandomPassword` on `*`; and `GetSecretValue` on
 * the admin secret for alternating users.
 *
 * @param client `new SecretsManager(...)` of `@aws-sdk/client-secrets-manager` v3
 *
 * @example
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import { rotationStore } from "@rekey/orm/aws";
 *
 * const store = rotationStore(new SecretsManager({ region: "eu-west-1" }));
 * ```
 */
export function rotationStore(client: SecretsManagerRotator): RotationStore {
  return Object.freeze(
    {
      async describe(secretId): Promise<SecretDescription> {
        const { RotationEnabled, VersionIdsToStages } = await client.describeSecret({
          SecretId: secretId,
        });
        const stages = new Map<string, VersionStage[]>();
        for (const [versionId, labels] of Object.entries(VersionIdsToStages ?? {})) {
          stages.set(versionId, labels.flatMap((label) => stageOf.get(label) ?? []));
        }
        return { rotationEnabled: RotationEnabled === true, stages };
      },

      read: (secretId, stage) => readVersion(client, secretId, stage),

      async putPending(secretId, versionId, value, rotationToken) {
        try {
          await client.putSecretValue({
            SecretId: secretId,
            ClientRequestToken: versionId,
            SecretString: value.reveal(),
            VersionStages: [labelOf.pending],
            ...rotationToken !== undefined && { RotationToken: rotationToken.reveal() },
          });
          return "stored";
        } catch (error) {
          if (codeOf(error) === "ResourceExistsException") return "exists";
          throw error;
        }
      },

      async promote(secretId, toVersionId, fromVersionId) {
        await client.updateSecretVersionStage({
          SecretId: secretId,
          VersionStage: labelOf.current,
          MoveToVersionId: toVersionId,
          RemoveFromVersionId: fromVersionId,
        });
      },

      async clearPending(secretId, versionId) {
        await client.updateSecretVersionStage({
          SecretId: secretId,
          VersionStage: labelOf.pending,
          RemoveFromVersionId: versionId,
        });
      },

      async generatePassword() {
        const { RandomPassword } = await client.getRandomPassword({
          PasswordLength: 32,
          // What breaks connection strings and shells: the reference functions leave these out too.
          ExcludeCharacters: `/@"'\\:`,
          RequireEachIncludedType: true,
        });
        if (RandomPassword === undefined || RandomPassword.length !== 32) {
          throw new RekeyError(
            "SOURCE_FAILED",
            "GetRandomPassword gave no password of 32 characters.",
          );
        }
        return new Secret(RandomPassword);
      },
    } satisfies RotationStore,
  );
}
