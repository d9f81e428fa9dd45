/** What the rotator tells an observer. */

import { codeOf } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { RotationStep } from "./steps.ts";

/** A step that began, ended or failed. Holds no value of any secret. */
export interface RotationEvent {
  /** What happened. */
  readonly type: "rotation-step-started" | "rotation-step-completed" | "rotation-step-failed";
  /** Which step. */
  readonly step: RotationStep;
  /** The secret's id, as it was given. */
  readonly secretId: string;
  /** The version that the rotation makes current. */
  readonly versionId: string;
  /** The strategy's name. */
  readonly strategy: string;
  /** How long the step took, in milliseconds; 0 when it began. */
  readonly durationMs: number;
  /** The code of the failure. */
  readonly code?: string;
}

/** Runs `body` between the events of a step. */
export async function observed(
  about: Pick<RotationEvent, "step" | "secretId" | "versionId" | "strategy">,
  clock: Clock,
  onEvent: ((event: RotationEvent) => void) | undefined,
  body: () => Promise<void>,
): Promise<void> {
  const emit = (event: RotationEvent) => {
    try {
      onEvent?.(Object.freeze(event));
    } catch {
      // An observer cannot break a rotation.
    }
  };
  const startedMs = clock.monotonicMs();
  emit({ type: "rotation-step-started", ...about, durationMs: 0 });
  try {
    await body();
  } catch (error) {
    const durationMs = clock.monotonicMs() - startedMs;
    emit({ type: "rotation-step-failed", ...about, durationMs, code: codeOf(error) });
    throw error;
  }
  emit({ type: "rotation-step-completed", ...about, durationMs: clock.monotonicMs() - startedMs });
}
