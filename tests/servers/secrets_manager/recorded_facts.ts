/**
 * What the real service answered: requests and responses recorded against AWS by LocalStack's
 * public test suite (Apache-2.0, tests/aws/services/secretsmanager) between 2022 and 2026, in our
 * own compact form. The names are the names of the recorded tests and answers.
 */

import { recordedErrors } from "./recorded_errors.ts";
import { recordedRotations } from "./recorded_rotations.ts";
import { recordedStages } from "./recorded_stages.ts";
import type { RecordedScenario } from "./recorded_steps.ts";
import { recordedValues } from "./recorded_values.ts";

/** Every recorded test. */
export const recordedScenarios: readonly RecordedScenario[] = [
  ...recordedValues,
  ...recordedStages,
  ...recordedRotations,
  ...recordedErrors,
];

/** Recorded tests that are not replayed, with the reason: none. */
export const leftOut: readonly { readonly name: string; readonly reason: string }[] = [];
