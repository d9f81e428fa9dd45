/** The operations by name. */

import { ServiceError } from "./errors.ts";
import type { Input } from "./input.ts";
import { createSecret, deleteSecret, restoreSecret } from "./lifecycle_operations.ts";
import { getRandomPassword } from "./random_password.ts";
import {
  describeSecret,
  getSecretValue,
  listSecrets,
  listSecretVersionIds,
} from "./read_operations.ts";
import type { Rotations } from "./rotation.ts";
import { cancelRotateSecret, rotateSecret } from "./rotation_operations.ts";
import type { SecretStore } from "./store.ts";
import { putSecretValue, updateSecret, updateSecretVersionStage } from "./write_operations.ts";

/** What an operation works on. */
export interface OperationContext {
  readonly store: SecretStore;
  readonly rotations: Rotations;
  readonly region: string;
  /** The wall clock, for dates. */
  readonly nowMs: number;
  /** Reads answer from the state of this instant of performance.now(). */
  readonly asOfMs?: number;
}

type Operation = (input: Input, context: OperationContext) => object;

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["CancelRotateSecret", cancelRotateSecret],
  ["CreateSecret", createSecret],
  ["DeleteSecret", deleteSecret],
  ["DescribeSecret", describeSecret],
  ["GetRandomPassword", getRandomPassword],
  ["GetSecretValue", getSecretValue],
  ["ListSecretVersionIds", listSecretVersionIds],
  ["ListSecrets", listSecrets],
  ["PutSecretValue", putSecretValue],
  ["RestoreSecret", restoreSecret],
  ["RotateSecret", rotateSecret],
  ["UpdateSecret", updateSecret],
  ["UpdateSecretVersionStage", updateSecretVersionStage],
]);

/** Executes one operation; throws ServiceError. */
export function execute(operation: string, input: Input, context: OperationContext): object {
  const run = OPERATIONS.get(operation);
  if (run === undefined) {
    throw new ServiceError("UnknownOperationException", `Unknown operation ${operation}.`);
  }
  return run(input, context);
}
