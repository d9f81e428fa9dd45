/** Recorded tests about errors. */

import {
  create,
  failure,
  NAME,
  NOT_FOUND,
  type RecordedScenario,
  remove,
  SAME,
  step,
  valueNotFound,
} from "./recorded_steps.ts";

const UNKNOWN_VERSION = "00000000-0000-4000-8000-000000000000";

function noRequestToken(operation: string, code = "InvalidRequestException"): RecordedScenario {
  const id = operation === "CreateSecret" ? { Name: NAME } : { SecretId: NAME };
  const input = { SecretString: "thisisthesecret", Description: "My secret string", ...id };
  const message = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
  return {
    name: `test_no_client_request_token[${operation}]`,
    steps: [{
      ...step("no-client-request-exc", operation, input, failure(code, message)),
      raw: true,
    }],
  };
}

/** Requests that the service refuses. */
export const recordedErrors: readonly RecordedScenario[] = [
  {
    name: "test_exp_raised_on_creation_of_secret_scheduled_for_deletion",
    steps: [
      create(undefined, { SecretString: "secretstr" }),
      remove("delete_res", { RecoveryWindowInDays: 7 }),
      step(
        "invalid_req_ex",
        "CreateSecret",
        { Name: NAME, SecretString: "secretstr" },
        failure(
          "InvalidRequestException",
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ),
      ),
    ],
  },
  {
    name: "test_secret_not_found",
    steps: [
      step("get_secret_value_not_found_ex", "GetSecretValue", { SecretId: NAME }, NOT_FOUND),
      step(
        "list_secret_version_ids_not_found_ex",
        "ListSecretVersionIds",
        { SecretId: NAME },
        NOT_FOUND,
      ),
    ],
  },
  {
    name: "test_secret_exists_snapshots",
    steps: [
      create(undefined, { SecretString: "my_secret" }),
      step(
        "ex_log",
        "CreateSecret",
        { Name: NAME, SecretString: "my_secret" },
        failure(
          "ResourceExistsException",
          "The operation failed because the secret <name> already exists.",
        ),
      ),
      remove("delete_secret_res"),
    ],
  },
  noRequestToken("CreateSecret"),
  noRequestToken("UpdateSecret"),
  noRequestToken("RotateSecret", "InvalidParameterException"),
  noRequestToken("PutSecretValue"),
  {
    name: "test_secret_version_not_found",
    steps: [
      step(undefined, "CreateSecret", { Name: NAME }, SAME),
      step(
        "get_secret_value_no_version_ex",
        "GetSecretValue",
        { SecretId: NAME },
        valueNotFound("staging label: AWSCURRENT"),
      ),
      step(
        "get_secret_value_version_not_found_ex",
        "GetSecretValue",
        { SecretId: NAME, VersionId: UNKNOWN_VERSION },
        valueNotFound(`VersionId: ${UNKNOWN_VERSION}`),
      ),
      step(
        "get_secret_value_stage_not_found_ex",
        "GetSecretValue",
        { SecretId: NAME, VersionStage: "AWSPENDING" },
        valueNotFound("staging label: AWSPENDING"),
      ),
    ],
  },
];
