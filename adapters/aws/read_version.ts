/** GetSecretValue, as both the app and the rotator use it. */

import type { VersionStage } from "../../core/credential.ts";
import { codeOf, RekeyError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import type { SecretVersion } from "../../core/source.ts";
import type { SecretsManagerReader } from "./client.ts";

/** Secrets Manager's names of the stages. */
export const labelOf: Readonly<Record<VersionStage, string>> = {
  current: "AWSCURRENT",
  pending: "AWSPENDING",
  previous: "AWSPREVIOUS",
};

/** The version under `stage`, or undefined when there is none with a value. */
export async function readVersion(
  client: SecretsManagerReader,
  secretId: string,
  stage: VersionStage,
  signal?: AbortSignal,
): Promise<SecretVersion | undefined> {
  let answer;
  try {
    answer = await client.getSecretValue(
      { SecretId: secretId, VersionStage: labelOf[stage] },
      signal && { abortSignal: signal },
    );
  } catch (error) {
    // Also what a version reads as that RotateSecret staged and createSecret has not filled yet.
    if (codeOf(error) === "ResourceNotFoundException") return undefined;
    throw error;
  }
  const { VersionId, SecretString, SecretBinary } = answer;
  if (VersionId === undefined) {
    throw new RekeyError("SOURCE_FAILED", `GetSecretValue of "${secretId}" gave no VersionId.`);
  }
  const text = SecretString ?? decode(secretId, SecretBinary);
  return text === undefined ? undefined : { versionId: VersionId, value: new Secret(text) };
}

function decode(secretId: string, bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RekeyError("INVALID_SECRET", `The binary value of "${secretId}" is not UTF-8.`);
  }
}
