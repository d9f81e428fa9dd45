/** What the simulated store refuses with: the error names of AWS Secrets Manager and of its SDK. */

import type { VersionStage } from "../../../../core/credential.ts";

/** The names of the errors that the simulated store answers with. */
export type StoreErrorName =
  | "AbortError"
  | "AccessDeniedException"
  | "InternalServiceError"
  | "InvalidParameterException"
  | "InvalidRequestException"
  | "ResourceExistsException"
  | "ResourceNotFoundException"
  | "ServiceUnavailable"
  | "ThrottlingException";

/** A refusal of the simulated store. As with the SDK's errors, `name` says what it is. */
export class StoreError extends Error {
  /** Which error it is. */
  override readonly name: StoreErrorName;

  /** Makes one. The message never holds a value of a secret. */
  constructor(name: StoreErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

/** There is no such secret. */
export function secretNotFound(secretId: string): StoreError {
  return new StoreError("ResourceNotFoundException", `There is no secret "${secretId}".`);
}

/** There is no such version, or one that is staged and has no value yet. */
export function versionNotFound(which: string): StoreError {
  return new StoreError("ResourceNotFoundException", `There is no version ${which} with a value.`);
}

/** A version keeps its value: its id cannot be used for another one. */
export function tokenInUse(versionId: string): StoreError {
  return new StoreError("ResourceExistsException", `Version ${versionId} holds another value.`);
}

/** Whoever moves a label must name the version that holds it. */
export function notTheHolder(stage: VersionStage, named: string): StoreError {
  return new StoreError(
    "InvalidParameterException",
    `The label ${stage} is not on version ${named}, which was named as its holder.`,
  );
}

/** A rotation is under way, or was abandoned. */
export function rotationIncomplete(pending: string): StoreError {
  return new StoreError(
    "InvalidRequestException",
    `The rotation to version ${pending} is not complete: finish it, or take its label off.`,
  );
}
