/**
 * The form in which recorded facts are written down. `<v1>`, `<arn>` and the like stand for values
 * that differ from run to run: the same placeholder is always the same value, and two placeholders
 * are never the same. `<date>` is any date and `<bytes:HEX>` these bytes.
 */

/** A request and what the service answered. */
export interface RecordedStep {
  /** The name of the answer in the recording; absent for a request that only prepares others. */
  readonly recordedAs?: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The whole answer, or the error. Every answer has HTTP status 200, every error 400. */
  readonly answer: Readonly<Record<string, unknown>> | RecordedFailure;
  /** Sent without an SDK, and compared as it is on the wire. */
  readonly raw?: true;
  /** Sent when the rotation that the step before has started is over. */
  readonly afterRotation?: true;
}

/** An error as the service words it. */
export interface RecordedFailure {
  readonly failure: { readonly code: string; readonly message: string };
}

/** One recorded test. */
export interface RecordedScenario {
  readonly name: string;
  /** The name of the secret, where the test insists on it. */
  readonly secretName?: string;
  readonly steps: readonly RecordedStep[];
}

/** The name of the secret. */
export const NAME = "<name>";
/** The two fields that every answer about a secret starts with. */
export const SAME: Fields = { ARN: "<arn>", Name: NAME };
/** Any date. */
export const DATE = "<date>";
/** The labels. */
export const CURRENT: string[] = ["AWSCURRENT"];
export const PREVIOUS: string[] = ["AWSPREVIOUS"];
export const PENDING: string[] = ["AWSPENDING"];
/** The input that deletes at once. */
export const FORCE: Fields = { ForceDeleteWithoutRecovery: true };
/** The error for a secret that is not there. */
export const NOT_FOUND: RecordedFailure = failure(
  "ResourceNotFoundException",
  "Secrets Manager can't find the specified secret.",
);

/** Fields of a request or an answer. */
export type Fields = Readonly<Record<string, unknown>>;

/** A step of a scenario. */
export function step(
  recordedAs: string | undefined,
  operation: string,
  input: Fields,
  answer: Fields | RecordedFailure,
): RecordedStep {
  return { ...(recordedAs === undefined ? {} : { recordedAs }), operation, input, answer };
}

/** An error. */
export function failure(code: string, message: string): RecordedFailure {
  return { failure: { code, message } };
}

/** CreateSecret. */
export function create(
  recordedAs: string | undefined,
  input: Fields,
  versionId = "<v1>",
): RecordedStep {
  const answer = { ...SAME, VersionId: versionId };
  return step(recordedAs, "CreateSecret", { Name: NAME, ...input }, answer);
}

/** PutSecretValue, for the given stages or, without any, for AWSCURRENT. */
export function put(recordedAs: string, value: string, id: string, asked?: string[]): RecordedStep {
  const stages = asked === undefined ? {} : { VersionStages: asked };
  return step(
    recordedAs,
    "PutSecretValue",
    { SecretId: NAME, SecretString: value, ...stages },
    { ...SAME, VersionId: id, VersionStages: (asked ?? CURRENT).toSorted() },
  );
}

/** GetSecretValue. */
export function get(
  recordedAs: string,
  value: Fields,
  id: string,
  stages = CURRENT,
  secretId = NAME,
): RecordedStep {
  const answer = { ...SAME, VersionId: id, ...value, VersionStages: stages, CreatedDate: DATE };
  return step(recordedAs, "GetSecretValue", { SecretId: secretId }, answer);
}

/** DescribeSecret. */
export function describe(recordedAs: string, more: Fields): RecordedStep {
  const answer = { ...SAME, CreatedDate: DATE, LastChangedDate: DATE, ...more };
  return step(recordedAs, "DescribeSecret", { SecretId: NAME }, answer);
}

/** ListSecretVersionIds. */
export function list(recordedAs: string, versions: Fields[], input: Fields = {}): RecordedStep {
  const answer = { ...SAME, Versions: versions };
  return step(recordedAs, "ListSecretVersionIds", { SecretId: NAME, ...input }, answer);
}

/** A listed version; one that was read before has a LastAccessedDate. */
export function listed(id: string, stages?: string[], read: "unread" | "read" = "unread"): Fields {
  return {
    VersionId: id,
    ...(stages === undefined ? {} : { VersionStages: stages }),
    ...(read === "read" ? { LastAccessedDate: DATE } : {}),
    CreatedDate: DATE,
    KmsKeyIds: ["DefaultEncryptionKey"],
  };
}

/** UpdateSecretVersionStage of AWSCURRENT. */
export function move(recordedAs: string, from: string, to: string): RecordedStep {
  return step(recordedAs, "UpdateSecretVersionStage", {
    SecretId: NAME,
    VersionStage: "AWSCURRENT",
    RemoveFromVersionId: from,
    MoveToVersionId: to,
  }, SAME);
}

/** DeleteSecret. */
export function remove(recordedAs: string | undefined, more: Fields = FORCE): RecordedStep {
  const answer = { ...SAME, DeletionDate: DATE };
  return step(recordedAs, "DeleteSecret", { SecretId: NAME, ...more }, answer);
}

/** The error for a version that is not there. */
export function valueNotFound(which: string): RecordedFailure {
  return failure(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${which}`,
  );
}
