/** A whole rotation in one call, for cron jobs, scripts and stores without a scheduler. */

import { observed } from "./events.ts";
import { type RotationOptions, stepDependencies } from "./options.ts";
import { rotationSteps, runStep } from "./steps.ts";
import { confirmed, currentVersion, noVersion } from "./versions.ts";

/** What {@linkcode rotate} did. */
export interface RotationResult {
  /** The version that is current now. */
  readonly versionId: string;
  /** Whether an earlier, abandoned rotation was finished instead of a new one begun. */
  readonly resumed: boolean;
}

/** Options of {@linkcode rotate}. */
export interface RotateOptions extends RotationOptions {
  /**
   * Makes the id of the new version.
   * @default {crypto.randomUUID}
   */
  readonly newVersionId?: () => string;
}

/**
 * Rotates a secret: create, set, test, finish. A rotation that was abandoned on the way (a version
 * under AWSPENDING that is not current) is finished instead, so the call can simply be repeated.
 *
 * Do not use it on a secret whose rotation the store schedules itself: use `rotationHandler` there.
 *
 * @throws {RekeyError} the codes of `rotationHandler`, but never `ROTATION_NOT_ENABLED`; the steps
 * before the failed one stay done
 */
export async function rotate(secretId: string, options: RotateOptions): Promise<RotationResult> {
  const dependencies = stepDependencies(options);
  const { store, strategy, clock } = dependencies;
  const { stages } = await store.describe(secretId);
  const currentId = currentVersion(stages);
  if (currentId === undefined) throw noVersion(secretId, "current");
  // The label may stay on the version that became current: no rotation is under way then.
  const abandoned = [...stages].find(([id, labels]) =>
    labels.includes("pending") && id !== currentId
  )?.[0];
  const versionId = abandoned ?? (options.newVersionId ?? (() => crypto.randomUUID()))();

  for (const step of rotationSteps) {
    const about = { step, secretId, versionId, strategy: strategy.name };
    await observed(
      about,
      clock,
      options.onEvent,
      () => runStep(step, dependencies, { secretId, versionId, currentId }),
    );
  }
  await confirmed(
    () => store.clearPending(secretId, versionId),
    async () => !(await store.describe(secretId)).stages.get(versionId)?.includes("pending"),
  );
  return Object.freeze({ versionId, resumed: abandoned !== undefined });
}
