/** The operations that write values and move labels. */

import { invalidParameter, invalidRequest, markedForDeletion } from "./errors.ts";
import { type Input, requestToken, requiredText, secretValue, text, textList } from "./input.ts";
import type { OperationContext } from "./operations.ts";
import { moveStage, putVersion, type SecretState, versionOf } from "./state.ts";
import type { SecretStore } from "./store.ts";

/** The secret of a request that changes it. */
export function writable(input: Input, store: SecretStore): SecretState {
  const secret = store.get(requiredText(input, "SecretId"));
  if (secret.deletion !== undefined) throw markedForDeletion();
  return secret;
}

/** The fields that every answer about one secret starts with. */
export function identity(secret: SecretState): { ARN: string; Name: string } {
  return { ARN: secret.arn, Name: secret.name };
}

/** PutSecretValue; without stages the new version becomes AWSCURRENT. */
export function putSecretValue(input: Input, { store, nowMs }: OperationContext): object {
  const token = requestToken(input);
  const secret = writable(input, store);
  const value = secretValue(input);
  if (value === undefined) {
    throw invalidRequest("You must provide either SecretString or SecretBinary.");
  }
  const stages = textList(input, "VersionStages") ?? ["AWSCURRENT"];
  if (stages.length < 1 || stages.length > 20) {
    throw invalidParameter("You must provide between 1 and 20 staging labels.");
  }
  const next = putVersion(secret, token, value, stages, nowMs);
  if (next !== secret) store.set(next);
  return {
    ...identity(next),
    VersionId: token,
    VersionStages: versionOf(next, token)?.stages,
  };
}

/** UpdateSecret; an answer has a VersionId only if the request had a value (recorded). */
export function updateSecret(input: Input, { store, nowMs }: OperationContext): object {
  const token = requestToken(input);
  const secret = writable(input, store);
  const value = secretValue(input);
  const described = withDetails(secret, input);
  const next = value === undefined
    ? described
    : putVersion(described, token, value, ["AWSCURRENT"], nowMs);
  if (next !== secret) store.set({ ...next, changedMs: nowMs });
  return { ...identity(next), ...(value === undefined ? {} : { VersionId: token }) };
}

/** The secret with the description and the key of the request; the same object if it has none. */
function withDetails(secret: SecretState, input: Input): SecretState {
  const description = text(input, "Description");
  const kmsKeyId = text(input, "KmsKeyId");
  if (description === undefined && kmsKeyId === undefined) return secret;
  return {
    ...secret,
    ...(description === undefined ? {} : { description }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}

/** UpdateSecretVersionStage. */
export function updateSecretVersionStage(
  input: Input,
  { store, nowMs }: OperationContext,
): object {
  const stage = requiredText(input, "VersionStage");
  const secret = writable(input, store);
  const to = text(input, "MoveToVersionId");
  const from = text(input, "RemoveFromVersionId");
  const next = moveStage(secret, stage, { to, from }, nowMs);
  if (next !== secret) store.set(next);
  return identity(next);
}
