/** The operations that create, delete and restore secrets. */

import { randomBytes } from "node:crypto";
import { invalidParameter, invalidRequest, ServiceError, validation } from "./errors.ts";
import {
  flag,
  type Input,
  integer,
  requestToken,
  requiredText,
  secretValue,
  text,
} from "./input.ts";
import type { OperationContext } from "./operations.ts";
import { seconds } from "./read_operations.ts";
import { putVersion, sameValue, type SecretState, type SecretValue, versionOf } from "./state.ts";
import { identity } from "./write_operations.ts";

const ACCOUNT = "111111111111";
const DAY_MS = 86_400_000;

/** CreateSecret; repeated with the same token and value it answers as the first time. */
export function createSecret(input: Input, { store, region, nowMs }: OperationContext): object {
  const token = requestToken(input);
  const name = requiredText(input, "Name");
  const value = secretValue(input);
  if (!/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) {
    throw validation(
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    );
  }
  const existing = store.find(name);
  if (existing !== undefined) return repeatedCreation(existing, token, value);
  const description = text(input, "Description");
  const kmsKeyId = text(input, "KmsKeyId");
  const empty: SecretState = {
    arn: newArn(region, name),
    name,
    ...(description === undefined ? {} : { description }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    createToken: token,
    createdMs: nowMs,
    changedMs: nowMs,
    versions: [],
  };
  const secret = value === undefined ? empty : putVersion(empty, token, value, [], nowMs);
  store.set(secret);
  return created(secret, token);
}

function repeatedCreation(
  existing: SecretState,
  token: string,
  value: SecretValue | undefined,
): object {
  if (existing.deletion !== undefined) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  if (existing.createToken === token && sameValue(versionOf(existing, token)?.value, value)) {
    return created(existing, token);
  }
  throw new ServiceError(
    "ResourceExistsException",
    `The operation failed because the secret ${existing.name} already exists.`,
  );
}

/** A secret created without a value has no version yet (recorded). */
function created(secret: SecretState, token: string): object {
  const version = versionOf(secret, token);
  return { ...identity(secret), ...(version === undefined ? {} : { VersionId: version.id }) };
}

/** An ARN with the six random characters that tell a recreated secret from the old one. */
function newArn(region: string, name: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const suffix = [...randomBytes(6)].map((byte) => alphabet[byte % alphabet.length]).join("");
  return `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-${suffix}`;
}

/**
 * DeleteSecret. The service completes a forced deletion some seconds later and meanwhile treats the
 * secret as marked; here it is complete at once.
 */
export function deleteSecret(input: Input, { store, region, nowMs }: OperationContext): object {
  const id = requiredText(input, "SecretId");
  const force = flag(input, "ForceDeleteWithoutRecovery", false);
  const windowDays = integer(input, "RecoveryWindowInDays");
  if (force && windowDays !== undefined) {
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  if (windowDays !== undefined && (windowDays < 7 || windowDays > 30)) {
    throw invalidParameter(
      "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    );
  }
  if (force) {
    // The service answers as if it had deleted a secret that never existed.
    const secret = store.find(id);
    if (secret !== undefined) store.remove(secret.arn);
    const { arn, name } = secret ?? { arn: newArn(region, id), name: id };
    return { ARN: arn, Name: name, DeletionDate: seconds(nowMs) };
  }
  const secret = store.get(id);
  if (secret.deletion !== undefined) {
    throw invalidRequest(
      "You can't perform this operation on the secret because it was already scheduled for deletion.",
    );
  }
  const dueMs = nowMs + (windowDays ?? 30) * DAY_MS;
  store.set({ ...secret, deletion: { markedMs: nowMs, dueMs } });
  return { ...identity(secret), DeletionDate: seconds(dueMs) };
}

/** RestoreSecret. */
export function restoreSecret(input: Input, { store }: OperationContext): object {
  const { deletion: _ended, ...secret } = store.get(requiredText(input, "SecretId"));
  store.set(secret);
  return identity(secret);
}
