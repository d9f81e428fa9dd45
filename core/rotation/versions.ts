/** Reading a secret's versions, and writing labels, in a store whose answers may be late or lost. */

import type { Clock } from "../clock.ts";
import type { VersionStage } from "../credential.ts";
import { RekeyError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { Secret } from "../secret.ts";
import { parseSecretPayload } from "../secret_payload.ts";
import type { RotationStore, RotationTarget } from "./ports.ts";
import type { LocatedPayload } from "./strategy.ts";
import { backOff } from "./wait.ts";

/** A version whose value was read and understood. */
export interface Located {
  readonly value: Secret;
  readonly payload: LocatedPayload;
}

/** What reading needs. */
export interface VersionReader {
  readonly store: RotationStore;
  readonly target: RotationTarget;
  readonly endpoint: { readonly host: string; readonly port?: number } | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** How often a read that contradicts the labels is repeated: some two seconds altogether. */
const staleReads = 6;

/** The version under the stage current. */
export function currentVersion(
  stages: ReadonlyMap<string, readonly VersionStage[]>,
): string | undefined {
  return [...stages].find(([, labels]) => labels.includes("current"))?.[0];
}

/** The version under `stage`, or undefined when there is none with a value. */
export async function find(
  { store, target, endpoint }: VersionReader,
  secretId: string,
  stage: VersionStage,
  versionId?: string,
): Promise<Located | undefined> {
  const version = await store.read(secretId, stage);
  if (version === undefined) return undefined;
  if (versionId !== undefined && version.versionId !== versionId) return undefined;
  const payload = parseSecretPayload(version.value, { engines: target.engines });
  const host = payload.host ?? endpoint?.host;
  if (host === undefined) {
    throw new RekeyError(
      "INVALID_SECRET",
      `The ${stage} version names no host. Add host to the secret, or give the option endpoint.`,
      { field: "host" },
    );
  }
  const port = payload.port ?? endpoint?.port;
  return {
    value: version.value,
    payload: { ...payload, host, ...port !== undefined && { port } },
  };
}

/**
 * The version under `stage`, which must be `versionId` when that is given. A store may still answer
 * with the labels of a moment ago: the user of such a version may be the one not to touch. So it
 * is asked again for a while.
 */
export async function need(
  reader: VersionReader,
  secretId: string,
  stage: VersionStage,
  versionId?: string,
): Promise<Located> {
  for (let attempt = 0; attempt < staleReads; attempt++) {
    const found = await find(reader, secretId, stage, versionId);
    if (found !== undefined) return found;
    if (versionId === undefined) break;
    await backOff(reader.clock, reader.random, attempt);
  }
  throw noVersion(secretId, stage);
}

/** Does `write`; when that fails, asks whether it happened all the same: answers get lost. */
export async function confirmed(
  write: () => Promise<void>,
  happened: () => Promise<boolean>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!await happened().catch(() => false)) throw error;
  }
}

/** The error of a version that a step needs and the store does not have. */
export function noVersion(secretId: string, stage: VersionStage): RekeyError {
  return new RekeyError(
    "ROTATION_UNKNOWN_VERSION",
    `The secret "${secretId}" has no ${stage} version with a value that belongs to this rotation. ` +
      `Run the create step first, or start a new rotation.`,
  );
}
