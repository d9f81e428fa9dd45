/**
 * The errors of the service, as it sends them. Texts marked (recorded) were recorded against the
 * real service, the others follow its documentation.
 */

/** An error that the service answers with. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  constructor(readonly code: string, message: string, readonly status: number = 400) {
    super(message);
  }
}

/** A request that the service understands and refuses in this state. */
export function invalidRequest(message: string): ServiceError {
  return new ServiceError("InvalidRequestException", message);
}

/** A parameter, or a combination of parameters, that is never valid. */
export function invalidParameter(message: string): ServiceError {
  return new ServiceError("InvalidParameterException", message);
}

/** A parameter that breaks the constraints of the service's model (length, pattern, presence). */
export function validation(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}

/** No such secret (recorded). */
export function secretNotFound(): ServiceError {
  return new ServiceError(
    "ResourceNotFoundException",
    "Secrets Manager can't find the specified secret.",
  );
}

/** No such version, or a version that was staged and has no value yet (recorded). */
export function valueNotFound(by: { versionId: string } | { stage: string }): ServiceError {
  const which = "versionId" in by ? `VersionId: ${by.versionId}` : `staging label: ${by.stage}`;
  return new ServiceError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${which}`,
  );
}

/** A version is immutable: its id cannot be used again with another value. */
export function tokenInUse(token: string, arn: string): ServiceError {
  return new ServiceError(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );
}

/** The secret is in its recovery window. */
export function markedForDeletion(): ServiceError {
  return invalidRequest(
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

/** The rotation function is unknown, or the service may not invoke it (recorded). */
export function functionNotInvocable(): ServiceError {
  return new ServiceError(
    "AccessDeniedException",
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
  );
}
