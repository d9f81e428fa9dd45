/** The operations that read secrets. */

import { invalidRequest, markedForDeletion, valueNotFound } from "./errors.ts";
import { flag, type Input, requiredText, text } from "./input.ts";
import type { OperationContext } from "./operations.ts";
import { holderOf, noteRead, type SecretState, type Version, versionOf } from "./state.ts";

/** Dates travel as seconds. */
export function seconds(ms: number): number {
  return ms / 1_000;
}

/** GetSecretValue. */
export function getSecretValue(input: Input, context: OperationContext): object {
  const { store, asOfMs, nowMs } = context;
  const secret = store.get(requiredText(input, "SecretId"), asOfMs);
  if (secret.deletion !== undefined) throw markedForDeletion();
  const version = chosenVersion(secret, input);
  // The read is noted on the state of now: a stale answer must not bring back old labels.
  const latest = store.find(secret.arn);
  if (latest !== undefined) store.amend(noteRead(latest, version.id, nowMs));
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.id,
    ...valueFields(version),
    ...stageFields(version),
    CreatedDate: seconds(version.createdMs),
  };
}

/** The version that a request asks for, which must have a value. */
function chosenVersion(secret: SecretState, input: Input): Version {
  const id = text(input, "VersionId");
  const stage = text(input, "VersionStage");
  if (id === undefined) {
    const version = holderOf(secret, stage ?? "AWSCURRENT");
    if (version?.value === undefined) throw valueNotFound({ stage: stage ?? "AWSCURRENT" });
    return version;
  }
  const version = versionOf(secret, id);
  if (version === undefined) throw valueNotFound({ versionId: id });
  if (stage !== undefined && !version.stages.includes(stage)) {
    throw invalidRequest(
      "You provided a VersionStage that is not associated to the provided VersionId.",
    );
  }
  if (version.value === undefined) throw valueNotFound({ versionId: id });
  return version;
}

function valueFields({ value }: Version): object {
  if (value === undefined) return {};
  return "text" in value ? { SecretString: value.text } : { SecretBinary: value.base64 };
}

/** A version without labels has no such field (recorded). */
function stageFields({ stages }: Version): object {
  return stages.length === 0 ? {} : { VersionStages: stages };
}

/** DescribeSecret; it works on a secret that is marked for deletion too. */
export function describeSecret(input: Input, { store, asOfMs }: OperationContext): object {
  const secret = store.get(requiredText(input, "SecretId"), asOfMs);
  const stages = stagesById(secret);
  return {
    ...metadata(secret),
    ...(Object.keys(stages).length === 0 ? {} : { VersionIdsToStages: stages }),
  };
}

/** ListSecrets, without filters, order or pages: the library never lists secrets. */
export function listSecrets(input: Input, { store }: OperationContext): object {
  const deleted = flag(input, "IncludePlannedDeletion", false);
  const secrets = store.all().filter(({ deletion }) => deleted || deletion === undefined);
  return {
    SecretList: secrets.map((secret) => ({
      ...metadata(secret),
      SecretVersionsToStages: stagesById(secret),
    })),
  };
}

/** ListSecretVersionIds, in one page. */
export function listSecretVersionIds(input: Input, { store }: OperationContext): object {
  const secret = store.get(requiredText(input, "SecretId"));
  const deprecated = flag(input, "IncludeDeprecated", false);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Versions: secret.versions
      .filter(({ stages }) => deprecated || stages.length > 0)
      .map((version) => ({
        VersionId: version.id,
        ...stageFields(version),
        ...(version.accessedDayMs === undefined
          ? {}
          : { LastAccessedDate: seconds(version.accessedDayMs) }),
        CreatedDate: seconds(version.createdMs),
        KmsKeyIds: [secret.kmsKeyId ?? "DefaultEncryptionKey"],
      })),
  };
}

function stagesById(secret: SecretState): Record<string, readonly string[]> {
  const labelled = secret.versions.filter(({ stages }) => stages.length > 0);
  return Object.fromEntries(labelled.map(({ id, stages }) => [id, stages]));
}

/** The fields that DescribeSecret and ListSecrets share; JSON leaves out the undefined ones. */
function metadata(secret: SecretState): object {
  const { rotation, deletion } = secret;
  const date = (ms: number | undefined) => ms === undefined ? undefined : seconds(ms);
  return {
    ARN: secret.arn,
    Name: secret.name,
    // An empty description reads as none (recorded).
    Description: secret.description || undefined,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.functionArn,
    RotationRules: rotation?.rules,
    LastRotatedDate: date(rotation?.lastRotatedMs),
    NextRotationDate: rotation?.enabled ? date(rotation.nextRotationMs) : undefined,
    LastChangedDate: seconds(secret.changedMs),
    LastAccessedDate: date(secret.accessedDayMs),
    DeletedDate: date(deletion?.markedMs),
    CreatedDate: seconds(secret.createdMs),
  };
}
