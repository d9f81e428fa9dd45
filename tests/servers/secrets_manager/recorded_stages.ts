/** Recorded tests about staging labels. */

import {
  create,
  CURRENT,
  get,
  list,
  listed,
  move,
  NAME,
  PENDING,
  PREVIOUS,
  put,
  type RecordedScenario,
  remove,
  SAME,
  step,
} from "./recorded_steps.ts";

const BOTH = ["AWSCURRENT", "AWSPENDING"];

/** Labels that are put and moved. */
export const recordedStages: readonly RecordedScenario[] = [
  {
    name: "test_update_secret_version_stages_return_type",
    steps: [
      create("create_secret_rs_0", { SecretString: "Something1" }),
      put("put_secret_value_res_0", "Something2", "<v2>", PENDING),
      move("update_secret_version_stage_res_0", "<v1>", "<v2>"),
      remove("delete_secret_res_0"),
    ],
  },
  {
    name: "test_update_secret_version_stages_current_previous",
    steps: [
      create("create_secret_rs_0", { SecretString: "secret_string_v0" }),
      list("list_secret_version_ids_res_0", [listed("<v1>", CURRENT)]),
      step(
        "update_secret_res_0",
        "UpdateSecret",
        { SecretId: NAME, SecretString: "secret_string_v1" },
        { ...SAME, VersionId: "<v2>" },
      ),
      list("list_secret_version_ids_res_1", [listed("<v1>", PREVIOUS), listed("<v2>", CURRENT)]),
      remove("delete_secret_res_0"),
    ],
  },
  {
    name: "test_update_secret_version_stages_current_pending",
    steps: [
      create("create_secret_rs_0", { SecretString: "Something1" }),
      put("put_secret_value_res_0", "Something2", "<v2>", PENDING),
      list("list_secret_version_ids_res_0", [listed("<v1>", CURRENT), listed("<v2>", PENDING)]),
      move("update_secret_version_stage_res_0", "<v1>", "<v2>"),
      list("list_secret_version_ids_res_1", [listed("<v1>", PREVIOUS), listed("<v2>", BOTH)]),
      put("put_secret_value_res_1", "SS3", "<v3>"),
      list("list_secret_version_ids_res_2", [listed("<v2>", PREVIOUS), listed("<v3>", CURRENT)]),
      remove("delete_secret_res_0"),
    ],
  },
  {
    name: "test_update_secret_version_stages_current_pending_cycle",
    steps: [
      create("create_secret_rs_0", { SecretString: "S1" }),
      put("put_secret_value_res_0", "S2", "<v2>", PENDING),
      list("list_secret_version_ids_res_0", [listed("<v1>", CURRENT), listed("<v2>", PENDING)]),
      get("get_secret_value_res_0", { SecretString: "S1" }, "<v1>"),
      move("update_secret_version_stage_res_0", "<v1>", "<v2>"),
      list("list_secret_version_ids_res_1", [
        listed("<v1>", PREVIOUS, "read"),
        listed("<v2>", BOTH),
      ]),
      get("get_secret_value_res_1", { SecretString: "S2" }, "<v2>", BOTH),
      put("put_secret_value_res_1", "S3", "<v3>", PENDING),
      list("list_secret_version_ids_res_2", [
        listed("<v1>", PREVIOUS, "read"),
        listed("<v2>", CURRENT, "read"),
        listed("<v3>", PENDING),
      ]),
      get("get_secret_value_res_2", { SecretString: "S2" }, "<v2>"),
      move("put_secret_value_res_2", "<v2>", "<v3>"),
      list("list_secret_version_ids_res_3", [
        listed("<v2>", PREVIOUS, "read"),
        listed("<v3>", BOTH),
      ]),
      get("get_secret_value_res_3", { SecretString: "S3" }, "<v3>", BOTH),
      remove("delete_secret_res_0"),
    ],
  },
];
