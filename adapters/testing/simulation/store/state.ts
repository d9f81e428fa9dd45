/**
 * A secret as immutable data, and the moves of AWS Secrets Manager between its states. Nothing here
 * reads a clock or draws: a state of the past is simply an older object.
 */

import type { VersionStage } from "../../../../core/credential.ts";
import type { Secret } from "../../../../core/secret.ts";
import { notTheHolder, rotationIncomplete, tokenInUse, versionNotFound } from "./errors.ts";

/** Which version each label is on. */
export interface Labels {
  /** The version that apps use; a secret always has one. */
  readonly current: string;
  /** The version of a rotation under way or abandoned. It may be the current one as well. */
  readonly pending: string | undefined;
  /** The version that was current before. */
  readonly previous: string | undefined;
}

/** One secret. A version that has neither a label nor a value does not exist. */
export interface SecretState {
  readonly rotationEnabled: boolean;
  readonly labels: Labels;
  readonly values: ReadonlyMap<string, Secret>;
}

const stages: readonly VersionStage[] = ["current", "pending", "previous"];

/** A secret with its first version. */
export function newSecret(versionId: string, value: Secret): SecretState {
  return {
    rotationEnabled: false,
    labels: { current: versionId, pending: undefined, previous: undefined },
    values: new Map([[versionId, value]]),
  };
}

/** Every version that has a label, and its labels. */
export function stagesByVersion({ labels }: SecretState): Map<string, VersionStage[]> {
  const byVersion = new Map<string, VersionStage[]>();
  for (const stage of stages) {
    const versionId = labels[stage];
    if (versionId === undefined) continue;
    const held = byVersion.get(versionId);
    if (held === undefined) byVersion.set(versionId, [stage]);
    else held.push(stage);
  }
  return byVersion;
}

/** PutSecretValue: gives a new or a staged version its value, and a label. */
export function put(
  state: SecretState,
  versionId: string,
  value: Secret,
  stage: "current" | "pending",
): SecretState {
  const known = state.values.get(versionId);
  if (known !== undefined) {
    if (known.equals(value)) return state;
    throw tokenInUse(versionId);
  }
  const next = { ...state, values: new Map(state.values).set(versionId, value) };
  if (stage === "pending") return relabel(next, { pending: versionId });
  const left = state.labels.current;
  const moved = makeCurrent(next, versionId);
  // A version that was current and pending keeps neither label when a newer value is put.
  return left !== versionId && moved.labels.pending === left
    ? relabel(moved, { pending: undefined })
    : moved;
}

/** UpdateSecretVersionStage of the label current. The label pending stays where it is. */
export function moveCurrent(state: SecretState, to: string, from: string): SecretState {
  needVersion(state, to);
  needVersion(state, from);
  if (state.labels.current !== from) throw notTheHolder("current", from);
  return makeCurrent(state, to);
}

/** UpdateSecretVersionStage that takes the label pending off. */
export function removePending(state: SecretState, from: string): SecretState {
  needVersion(state, from);
  if (state.labels.pending !== from) throw notTheHolder("pending", from);
  return relabel(state, { pending: undefined });
}

/** Moves current back to the version that was current before. */
export function rollBack(state: SecretState): SecretState {
  const { previous } = state.labels;
  if (previous === undefined) throw versionNotFound("under previous");
  return makeCurrent(state, previous);
}

/** Puts the label pending on a version that has no value yet. */
export function stage(state: SecretState, versionId: string): SecretState {
  if (state.values.has(versionId)) throw tokenInUse(versionId);
  return state.labels.pending === versionId ? state : relabel(state, { pending: versionId });
}

/** RotateSecret, up to the invocation of the first step. */
export function startRotation(state: SecretState, versionId: string): SecretState {
  const { current, pending } = state.labels;
  const underWay = pending === current ? undefined : pending;
  if (underWay !== undefined && underWay !== versionId) throw rotationIncomplete(underWay);
  const enabled = state.rotationEnabled ? state : { ...state, rotationEnabled: true };
  if (underWay === versionId) return enabled;
  // The token of a rotation that is over starts no other one.
  return exists(state, versionId) ? state : stage(enabled, versionId);
}

/** What the service does after the last step: the new current version keeps that label only. */
export function completeRotation(state: SecretState, versionId: string): SecretState {
  const { current, pending } = state.labels;
  if (current !== versionId || pending !== versionId) return state;
  return relabel(state, { pending: undefined });
}

/** CancelRotateSecret: no further step, and the label stays. */
export function cancelRotation(state: SecretState): SecretState {
  return state.rotationEnabled ? { ...state, rotationEnabled: false } : state;
}

function makeCurrent(state: SecretState, versionId: string): SecretState {
  const left = state.labels.current;
  return left === versionId ? state : relabel(state, { current: versionId, previous: left });
}

function relabel(state: SecretState, moved: Partial<Labels>): SecretState {
  return { ...state, labels: { ...state.labels, ...moved } };
}

function exists({ labels, values }: SecretState, versionId: string): boolean {
  return values.has(versionId) || stages.some((stage) => labels[stage] === versionId);
}

function needVersion(state: SecretState, versionId: string): void {
  if (!exists(state, versionId)) throw versionNotFound(versionId);
}
