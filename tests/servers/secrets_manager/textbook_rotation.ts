/** A rotation function that does what the documentation asks of one, and nothing in a database. */

import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { RotationFunction } from "./rotation.ts";

/** Rotates to the value `rotated-TOKEN`; set and test do nothing. */
export function textbookRotation(client: SecretsManager): RotationFunction {
  return async ({ SecretId, ClientRequestToken, Step }) => {
    const { VersionIdsToStages, RotationEnabled } = await client.describeSecret({ SecretId });
    const stages = VersionIdsToStages?.[ClientRequestToken];
    if (!RotationEnabled) throw new Error("The rotation is not enabled.");
    if (stages?.includes("AWSCURRENT")) return;
    if (!stages?.includes("AWSPENDING")) throw new Error("The version is not pending.");
    if (Step === "createSecret") {
      await client.getSecretValue({ SecretId });
      await client.putSecretValue({
        SecretId,
        ClientRequestToken,
        SecretString: `rotated-${ClientRequestToken}`,
        VersionStages: ["AWSPENDING"],
      });
    } else if (Step === "finishSecret") {
      const current = Object.entries(VersionIdsToStages ?? {})
        .find(([, labels]) => labels.includes("AWSCURRENT"))?.[0];
      await client.updateSecretVersionStage({
        SecretId,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: ClientRequestToken,
        RemoveFromVersionId: current,
      });
    }
  };
}
