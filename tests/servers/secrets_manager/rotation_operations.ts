/** RotateSecret and CancelRotateSecret. */

import { functionNotInvocable, invalidParameter, invalidRequest } from "./errors.ts";
import { flag, type Input, integer, requestToken, structure, text } from "./input.ts";
import type { OperationContext } from "./operations.ts";
import {
  holderOf,
  pendingOf,
  putVersion,
  type RotationRules,
  type SecretState,
  stageVersion,
  versionOf,
} from "./state.ts";
import { identity, writable } from "./write_operations.ts";

/**
 * RotateSecret: stages the token as AWSPENDING without a value, answers, and only then calls the
 * rotation function. The same token again is the same rotation, so that a client may retry.
 */
export function rotateSecret(input: Input, context: OperationContext): object {
  const { store, rotations, nowMs } = context;
  const token = requestToken(input, "InvalidParameterException");
  const secret = writable(input, store);
  const functionArn = text(input, "RotationLambdaARN") ?? secret.rotation?.functionArn;
  if (functionArn === undefined) {
    throw invalidRequest("No Lambda rotation function ARN is associated with this secret.");
  }
  if (!rotations.knows(functionArn)) throw functionNotInvocable();
  const rules = rotationRules(input) ?? secret.rotation?.rules;
  const inFlight = rotations.runningToken(secret.arn) ?? pendingOf(secret)?.id;
  if (inFlight !== undefined && inFlight !== token) {
    rotations.reattempt(secret);
    throw invalidRequest(
      "A previous rotation isn't complete. That rotation will be reattempted.",
    );
  }
  const known = versionOf(secret, token) !== undefined;
  if (known && inFlight === undefined) return { ...identity(secret), VersionId: token };
  const configured: SecretState = {
    ...secret,
    changedMs: nowMs,
    rotation: {
      ...secret.rotation,
      enabled: true,
      functionArn,
      ...(rules === undefined ? {} : { rules }),
    },
  };
  if (!flag(input, "RotateImmediately", true) && !known) {
    return tryOut(configured, token, context);
  }
  const staged = known ? configured : stageVersion(configured, token, nowMs);
  store.set(staged);
  rotations.start(staged, token);
  return { ...identity(secret), VersionId: token };
}

/**
 * RotateImmediately=false: the documentation says that the service stages a version, invokes
 * testSecret alone and removes the version again, not what the version holds. Here it holds the
 * current value, so that a test which logs in can succeed. No version remains, so none is named.
 */
function tryOut(secret: SecretState, token: string, context: OperationContext): object {
  const { store, rotations, nowMs } = context;
  const value = holderOf(secret, "AWSCURRENT")?.value;
  const staged = value === undefined
    ? stageVersion(secret, token, nowMs)
    : putVersion(secret, token, value, ["AWSPENDING"], nowMs);
  store.set(staged);
  rotations.test(staged, token);
  return identity(secret);
}

/** CancelRotateSecret: no further step is invoked, and AWSPENDING stays where it is. */
export function cancelRotateSecret(input: Input, { store }: OperationContext): object {
  const secret = writable(input, store);
  if (secret.rotation !== undefined) {
    store.set({ ...secret, rotation: { ...secret.rotation, enabled: false } });
  }
  const pending = pendingOf(secret);
  return { ...identity(secret), ...(pending === undefined ? {} : { VersionId: pending.id }) };
}

function rotationRules(input: Input): RotationRules | undefined {
  const rules = structure(input, "RotationRules");
  if (rules === undefined) return undefined;
  const days = integer(rules, "AutomaticallyAfterDays");
  const expression = text(rules, "ScheduleExpression");
  const duration = text(rules, "Duration");
  if (days !== undefined && expression !== undefined) {
    throw invalidParameter(
      "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.",
    );
  }
  if (days !== undefined && (days < 1 || days > 1000)) {
    throw invalidParameter("The AutomaticallyAfterDays value must be between 1 and 1000.");
  }
  return {
    ...(days === undefined ? {} : { AutomaticallyAfterDays: days }),
    ...(expression === undefined ? {} : { ScheduleExpression: expression }),
    ...(duration === undefined ? {} : { Duration: duration }),
  };
}
