/** Recorded tests about rotation. */

import {
  create,
  CURRENT,
  DATE,
  describe,
  failure,
  type Fields,
  list,
  listed,
  NAME,
  PREVIOUS,
  type RecordedFailure,
  type RecordedScenario,
  SAME,
  step,
} from "./recorded_steps.ts";

function rotateWithFunction(parameter: "True" | "None"): RecordedScenario {
  const immediately = parameter === "True" ? { RotateImmediately: true } : {};
  return {
    name: `test_rotate_secret_with_lambda_success[${parameter}]`,
    steps: [
      create(undefined, {
        SecretString: "my_secret",
        Description: "testing rotation of secrets",
      }),
      step("rotate_secret_immediately", "RotateSecret", {
        SecretId: NAME,
        RotationLambdaARN: "<function>",
        RotationRules: { AutomaticallyAfterDays: 1 },
        ...immediately,
      }, { ...SAME, VersionId: "<v2>" }),
      {
        ...describe("describe_secret_rotated", {
          Description: "testing rotation of secrets",
          LastAccessedDate: DATE,
          LastRotatedDate: DATE,
          NextRotationDate: DATE,
          RotationEnabled: true,
          RotationLambdaARN: "<function>",
          RotationRules: { AutomaticallyAfterDays: 1 },
          VersionIdsToStages: { "<v1>": PREVIOUS, "<v2>": CURRENT },
        }),
        afterRotation: true,
      },
      list("list_secret_versions_rotated_1", [
        listed("<v1>", PREVIOUS, "read"),
        listed("<v2>", CURRENT),
      ]),
    ],
  };
}

function rotateInVain(
  name: string,
  recordedAs: string,
  input: Fields,
  answer: RecordedFailure,
): RecordedScenario {
  const request = { SecretId: NAME, RotationRules: { AutomaticallyAfterDays: 1 }, ...input };
  return {
    name,
    steps: [
      create("create_secret", { SecretString: "init" }),
      step(recordedAs, "RotateSecret", request, answer),
      describe("describe_secret", { VersionIdsToStages: { "<v1>": CURRENT } }),
    ],
  };
}

/** A rotation that succeeds, and two that do not start. */
export const recordedRotations: readonly RecordedScenario[] = [
  rotateWithFunction("True"),
  rotateWithFunction("None"),
  rotateInVain(
    "test_rotate_secret_invalid_lambda_arn",
    "rotate_secret_invalid_arn_exc",
    { RotationLambdaARN: "arn:aws:lambda:eu-west-1:111111111111:function:no_such_function" },
    failure(
      "AccessDeniedException",
      "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
    ),
  ),
  rotateInVain(
    "test_first_rotate_secret_with_missing_lambda_arn",
    "rotate_secret_no_arn_exc",
    {},
    failure(
      "InvalidRequestException",
      "No Lambda rotation function ARN is associated with this secret.",
    ),
  ),
];
