/**
 * The telling parts of three more tests that the same suite recorded. They settle what the
 * others leave open: labels of one's own survive a rotation, deprecated versions stay readable in
 * the list, and a version asked for by the wrong label is an error of its own.
 */

import {
  create,
  CURRENT,
  failure,
  get,
  list,
  listed,
  move,
  NAME,
  PREVIOUS,
  put,
  type RecordedScenario,
  remove,
  step,
  valueNotFound,
} from "./recorded_steps.ts";

/** The further recorded tests. */
export const furtherScenarios: readonly RecordedScenario[] = [
  {
    name: "test_get_secret_value_errors",
    steps: [
      create(undefined, { SecretString: "test" }),
      step(
        "error_get_secret_value_non_existing",
        "GetSecretValue",
        { SecretId: "<arn>", VersionStage: "AWSPREVIOUS" },
        valueNotFound("staging label: AWSPREVIOUS"),
      ),
      step(
        "mismatch_version_id_and_stage",
        "GetSecretValue",
        { SecretId: NAME, VersionId: "<v1>", VersionStage: "AWSPREVIOUS" },
        failure(
          "InvalidRequestException",
          "You provided a VersionStage that is not associated to the provided VersionId.",
        ),
      ),
    ],
  },
  {
    name: "test_deprecated_secret_version_stage",
    steps: [
      create("create_secret", { SecretString: "original", Description: "My secret" }),
      put("put_secret_value_1", "update1", "<v2>"),
      put("put_secret_value_2", "update2", "<v3>"),
      list("list_secret_version_ids_2", [listed("<v2>", PREVIOUS), listed("<v3>", CURRENT)]),
      list("list_secret_version_ids_3", [
        listed("<v1>"),
        listed("<v2>", PREVIOUS),
        listed("<v3>", CURRENT),
      ], { IncludeDeprecated: true }),
    ],
  },
  {
    name: "test_update_secret_version_stages_current_pending_cycle_custom_stages_2",
    steps: [
      create("create_secret_rs_0", { SecretString: "SS" }),
      put("put_secret_value_res_0", "S1", "<v2>", ["AWSCURRENT", "PUT0"]),
      put("put_secret_value_res_1", "S2", "<v3>", ["AWSPENDING", "PUT1"]),
      list("list_secret_version_ids_res_1", [
        listed("<v1>", PREVIOUS),
        listed("<v2>", ["AWSCURRENT", "PUT0"]),
        listed("<v3>", ["AWSPENDING", "PUT1"]),
      ]),
      get("get_secret_value_res_0", { SecretString: "S1" }, "<v2>", ["AWSCURRENT", "PUT0"]),
      move("update_secret_version_stage_res_0", "<v2>", "<v3>"),
      list("list_secret_version_ids_res_2", [
        listed("<v2>", ["AWSPREVIOUS", "PUT0"], "read"),
        listed("<v3>", ["AWSCURRENT", "AWSPENDING", "PUT1"]),
      ]),
      put("put_secret_value_res_2", "S3", "<v4>", ["AWSPENDING", "PUT2"]),
      list("list_secret_version_ids_res_3", [
        listed("<v2>", ["AWSPREVIOUS", "PUT0"], "read"),
        listed("<v3>", ["AWSCURRENT", "PUT1"]),
        listed("<v4>", ["AWSPENDING", "PUT2"]),
      ]),
      move("update_secret_version_stage_res_1", "<v3>", "<v4>"),
      list("list_secret_version_ids_res_4", [
        listed("<v2>", ["PUT0"], "read"),
        listed("<v3>", ["AWSPREVIOUS", "PUT1"]),
        listed("<v4>", ["AWSCURRENT", "AWSPENDING", "PUT2"]),
      ]),
      remove("delete_secret_res_0"),
    ],
  },
];
