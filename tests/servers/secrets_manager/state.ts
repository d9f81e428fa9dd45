/**
 * Secrets, versions and staging labels as immutable data, and the moves between them. Nothing here
 * does input or output or reads a clock, so a snapshot of a secret is simply an older object.
 */

import { invalidParameter, tokenInUse, valueNotFound } from "./errors.ts";

/** The value of a version: text, or bytes in base64 as they travel. */
export type SecretValue = { readonly text: string } | { readonly base64: string };

/** One version of a secret. */
export interface Version {
  readonly id: string;
  readonly createdMs: number;
  /** Absent while the version is only staged: RotateSecret stages it before there is a value. */
  readonly value?: SecretValue;
  /** Sorted, as the service lists them. A version with no label is deprecated. */
  readonly stages: readonly string[];
  /** The day of the last read, in ms; absent before the first. */
  readonly accessedDayMs?: number;
}

/** How often a secret is rotated. */
export interface RotationRules {
  readonly AutomaticallyAfterDays?: number;
  readonly ScheduleExpression?: string;
  readonly Duration?: string;
}

/** The rotation configuration of a secret and when it was last used. */
export interface RotationConfig {
  readonly enabled: boolean;
  readonly functionArn: string;
  readonly rules?: RotationRules;
  readonly lastRotatedMs?: number;
  readonly nextRotationMs?: number;
}

/** One secret. */
export interface SecretState {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  /** The token of CreateSecret, so that a repeated creation of an empty secret is recognised. */
  readonly createToken: string;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly accessedDayMs?: number;
  /** When the secret was marked for deletion and when its recovery window ends. */
  readonly deletion?: { readonly markedMs: number; readonly dueMs: number };
  readonly rotation?: RotationConfig;
  /** Oldest first, as the service lists them. */
  readonly versions: readonly Version[];
}

const DAY_MS = 86_400_000;

/** The version with this id. */
export function versionOf(secret: SecretState, id: string): Version | undefined {
  return secret.versions.find((version) => version.id === id);
}

/** The version that holds this label. */
export function holderOf(secret: SecretState, stage: string): Version | undefined {
  return secret.versions.find((version) => version.stages.includes(stage));
}

/** The version that a rotation under way, or abandoned, has staged. */
export function pendingOf(secret: SecretState): Version | undefined {
  const pending = holderOf(secret, "AWSPENDING");
  // Older deployments leave AWSPENDING on the version that became current: that one is finished.
  return pending?.stages.includes("AWSCURRENT") ? undefined : pending;
}

/** Whether two values are the same, which makes a repeated request harmless. */
export function sameValue(a: SecretValue | undefined, b: SecretValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Stages a version without a value, as RotateSecret does before it calls createSecret. */
export function stageVersion(secret: SecretState, id: string, nowMs: number): SecretState {
  const version: Version = { id, createdMs: nowMs, stages: [] };
  return attach({ ...secret, versions: [...secret.versions, version] }, "AWSPENDING", id);
}

/** Gives a new or a staged version its value and moves the labels to it. */
export function putVersion(
  secret: SecretState,
  id: string,
  value: SecretValue,
  stages: readonly string[],
  nowMs: number,
): SecretState {
  const known = versionOf(secret, id);
  if (known?.value !== undefined) {
    if (sameValue(known.value, value)) return secret;
    throw tokenInUse(id, secret.arn);
  }
  const versions = known === undefined
    ? [...secret.versions, { id, createdMs: nowMs, value, stages: [] }]
    : secret.versions.map((version) => version.id === id ? { ...version, value } : version);
  let next: SecretState = { ...secret, versions, changedMs: nowMs };
  // The first version is always the current one, whatever labels were asked for.
  const first = holderOf(secret, "AWSCURRENT") === undefined;
  const wanted = new Set(first ? ["AWSCURRENT", ...stages] : stages);
  const left = holderOf(secret, "AWSCURRENT");
  for (const stage of wanted) next = attach(next, stage, id);
  // Recorded: a version that is current and pending keeps only AWSPREVIOUS after a newer put.
  if (left !== undefined && left.id !== id && wanted.has("AWSCURRENT")) {
    next = detach(next, "AWSPENDING", left.id);
  }
  return prune(next);
}

/** Moves a label, or takes it off, under the service's rule that its holder must be named. */
export function moveStage(
  secret: SecretState,
  stage: string,
  move: { readonly to?: string | undefined; readonly from?: string | undefined },
  nowMs: number,
): SecretState {
  const { to, from } = move;
  const holder = holderOf(secret, stage);
  if (to === undefined && from === undefined) {
    throw invalidParameter("You must provide MoveToVersionId, RemoveFromVersionId or both.");
  }
  for (const id of [to, from]) {
    if (id !== undefined && versionOf(secret, id) === undefined) {
      throw valueNotFound({ versionId: id });
    }
  }
  if (from !== undefined && holder?.id !== from) {
    throw invalidParameter(
      `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${stage}.`,
    );
  }
  if (to === undefined) {
    if (stage === "AWSCURRENT") {
      throw invalidParameter(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    }
    return prune({ ...detach(secret, stage, holder!.id), changedMs: nowMs });
  }
  if (holder?.id === to) return secret;
  if (holder !== undefined && from === undefined) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  return prune({ ...attach(secret, stage, to), changedMs: nowMs });
}

/** Sets a version's labels and value with none of the service's checks: a hook for odd states. */
export function forceVersion(
  secret: SecretState,
  version: Version,
): SecretState {
  const others = secret.versions.filter(({ id }) => id !== version.id).map((other) => ({
    ...other,
    stages: other.stages.filter((stage) => !version.stages.includes(stage)),
  }));
  const forced = { ...version, stages: version.stages.toSorted() };
  return { ...secret, versions: [...others, forced].sort((a, b) => a.createdMs - b.createdMs) };
}

/** Takes a label off a version, without checks. */
export function dropStage(secret: SecretState, stage: string, id: string): SecretState {
  return prune(detach(secret, stage, id));
}

/** Notes a read. The service keeps the day only, and notes nothing for a read that failed. */
export function noteRead(secret: SecretState, id: string, nowMs: number): SecretState {
  const accessedDayMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const versions = secret.versions.map((version) =>
    version.id === id ? { ...version, accessedDayMs } : version
  );
  return { ...secret, accessedDayMs, versions };
}

/** Moves a label without checks; the version that loses AWSCURRENT becomes AWSPREVIOUS. */
function attach(secret: SecretState, stage: string, id: string): SecretState {
  const holder = holderOf(secret, stage);
  if (holder?.id === id) return secret;
  const bared = holder === undefined ? secret : detach(secret, stage, holder.id);
  const versions = bared.versions.map((version) =>
    version.id === id ? { ...version, stages: [...version.stages, stage].sort() } : version
  );
  const next = { ...bared, versions };
  return stage === "AWSCURRENT" && holder !== undefined
    ? attach(next, "AWSPREVIOUS", holder.id)
    : next;
}

function detach(secret: SecretState, stage: string, id: string): SecretState {
  const versions = secret.versions.map((version) =>
    version.id === id
      ? { ...version, stages: version.stages.filter((label) => label !== stage) }
      : version
  );
  return { ...secret, versions };
}

/** A version that has neither a label nor a value is nothing; a deprecated one keeps its value. */
function prune(secret: SecretState): SecretState {
  const versions = secret.versions.filter(({ stages, value }) =>
    stages.length > 0 || value !== undefined
  );
  return { ...secret, versions };
}
