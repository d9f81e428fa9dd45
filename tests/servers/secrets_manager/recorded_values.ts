/** Recorded tests about secrets and their values. */

import {
  create,
  CURRENT,
  DATE,
  describe,
  get,
  NAME,
  NOT_FOUND,
  PREVIOUS,
  put,
  type RecordedScenario,
  remove,
  SAME,
  step,
} from "./recorded_steps.ts";

/** Recorded twice, in 2022 and 2023, for several names; one of them defeats partial ARNs. */
function createAndUpdate(parameters: string, secretName: string): RecordedScenario {
  const my = { SecretString: "my_secret" };
  const partialArn = "<arn without suffix>";
  const byPartialArn = secretName.startsWith("Invalid")
    ? step("resource_not_found_dict_1", "GetSecretValue", { SecretId: partialArn }, NOT_FOUND)
    : get("get_secret_value_rs_3", my, "<v1>", CURRENT, partialArn);
  return {
    name: `test_create_and_update_secret[${parameters}]`,
    secretName,
    steps: [
      create("create_secret_rs_1", { ...my, Description: "Testing secret creation." }),
      get("get_secret_value_rs_1", my, "<v1>"),
      describe("describe_secret_rs_1", {
        Description: "Testing secret creation.",
        LastAccessedDate: DATE,
        VersionIdsToStages: { "<v1>": CURRENT },
      }),
      get("get_secret_value_rs_2", my, "<v1>", CURRENT, "<arn>"),
      byPartialArn,
      put("put_secret_value_rs_1", "new_secret", "<v2>"),
      get("get_secret_value_rs_4", { SecretString: "new_secret" }, "<v2>"),
      step(
        "update_secret_res_1",
        "UpdateSecret",
        { SecretId: "<arn>", SecretString: "test123", Description: "d1" },
        { ...SAME, VersionId: "<v3>" },
      ),
      remove("delete_secret_res_1"),
    ],
  };
}

function listSecrets(name: string): RecordedScenario {
  const secret = {
    ...SAME,
    CreatedDate: DATE,
    Description: "testing creation of secrets",
    LastChangedDate: DATE,
    SecretVersionsToStages: { "<v1>": CURRENT },
  };
  return {
    name,
    steps: [
      create("create_secret_rs_1", {
        SecretString: "my_secret",
        Description: "testing creation of secrets",
      }),
      ...[0, 1, 2].map((index) =>
        step(`list_secrets_res_${index}`, "ListSecrets", {}, { SecretList: [secret] })
      ),
      remove("delete_secret_res_1"),
    ],
  };
}

function changeValue(parameters: string, putHex: string, updateHex: string): RecordedScenario {
  const bytes = (hex: string) => ({ SecretBinary: `<bytes:${hex}>` });
  const initial = bytes("696e697469616c");
  return {
    name: `test_change_secret_value_after_creation[${parameters}]`,
    steps: [
      create(undefined, initial),
      get("put_secret_value_secret_response", initial, "<v1>"),
      step(
        undefined,
        "PutSecretValue",
        { SecretId: NAME, ...bytes(putHex) },
        { ...SAME, VersionId: "<v2>", VersionStages: CURRENT },
      ),
      get("put_secret_binary_response_updated", bytes(putHex), "<v2>"),
      step(
        undefined,
        "UpdateSecret",
        { SecretId: NAME, ...bytes(updateHex) },
        { ...SAME, VersionId: "<v3>" },
      ),
      get("update_secret_binary_response_updated", bytes(updateHex), "<v3>"),
    ],
  };
}

/** Creating, reading, changing, listing and deleting. */
export const recordedValues: readonly RecordedScenario[] = [
  {
    name: "test_can_recreate_delete_secret",
    steps: [
      create("create_secret_res_0", { SecretString: "secretstr" }),
      remove("delete_res_1"),
      step(
        "create_secret_res_1",
        "CreateSecret",
        { Name: NAME, SecretString: "secretstr" },
        { ARN: "<arn of the second>", Name: NAME, VersionId: "<v2>" },
      ),
    ],
  },
  createAndUpdate("s-c64bdc03-True", "s-c64bdc03"),
  createAndUpdate("Valid/_+=.@-Name-True", "Valid/_+=.@-Name"),
  createAndUpdate("Valid/_+=.@-Name-a1b2-True", "Valid/_+=.@-Name-a1b2"),
  createAndUpdate("Valid/_+=.@-Name-a1b2c3--True", "Valid/_+=.@-Name-a1b2c3-"),
  createAndUpdate("Invalid/_+=.@-Name-a1b2c3-False", "Invalid/_+=.@-Name-a1b2c3"),
  listSecrets("test_call_lists_secrets_multiple_times"),
  {
    name: "test_update_secret_description",
    steps: [
      create("create_secret_rs_0", { SecretString: "MySecretString" }),
      describe("describe_secret_res_0", { VersionIdsToStages: { "<v1>": CURRENT } }),
      step(
        "update_secret_res_0",
        "UpdateSecret",
        { SecretId: NAME, Description: "MyDescription" },
        SAME,
      ),
      describe("describe_secret_res_1", {
        Description: "MyDescription",
        VersionIdsToStages: { "<v1>": CURRENT },
      }),
      step("update_secret_res_1", "UpdateSecret", {
        SecretId: NAME,
        SecretString: "MyNewSecretString",
        Description: "MyNewDescription",
      }, { ...SAME, VersionId: "<v2>" }),
      describe("describe_secret_res_2", {
        Description: "MyNewDescription",
        VersionIdsToStages: { "<v2>": CURRENT, "<v1>": PREVIOUS },
      }),
      step(
        "update_secret_res_2",
        "UpdateSecret",
        { SecretId: NAME, SecretString: "MyNewSecretStringMyNewSecretString" },
        { ...SAME, VersionId: "<v3>" },
      ),
      describe("describe_secret_res_3", {
        Description: "MyNewDescription",
        VersionIdsToStages: { "<v2>": PREVIOUS, "<v3>": CURRENT },
      }),
      step("update_secret_res_3", "UpdateSecret", { SecretId: NAME }, SAME),
      describe("describe_secret_res_4", {
        Description: "MyNewDescription",
        VersionIdsToStages: { "<v2>": PREVIOUS, "<v3>": CURRENT },
      }),
      remove("delete_secret_res_0"),
    ],
  },
  createAndUpdate("s-4b175f02-True", "s-4b175f02"),
  listSecrets("test_call_lists_secrets_multiple_times_snapshots"),
  createAndUpdate("s-c64bdc03", "s-c64bdc03"),
  createAndUpdate("Valid/_+=.@-Name", "Valid/_+=.@-Name"),
  createAndUpdate("Valid/_+=.@-Name-a1b2", "Valid/_+=.@-Name-a1b2"),
  createAndUpdate("Valid/_+=.@-Name-a1b2c3-", "Valid/_+=.@-Name-a1b2c3-"),
  {
    name: "test_create_secret_version_from_empty_secret",
    steps: [
      step("create-empty-secret", "CreateSecret", { Name: NAME, Description: "" }, SAME),
      describe("describe-secret", {}),
      put("put-secret-value", "example-string-to-protect", "<v1>"),
    ],
  },
  {
    name: "test_get_secret_value",
    steps: [
      create(undefined, { SecretBinary: "<bytes:666f6f74657374>" }),
      get("secret_value_response", { SecretBinary: "<bytes:666f6f74657374>" }, "<v1>"),
      {
        ...get("secret_value_http_response", { SecretBinary: "Zm9vdGVzdA==" }, "<v1>"),
        raw: true,
      },
    ],
  },
  {
    name: "test_force_delete_deleted_secret",
    steps: [
      create("create_secret_response", { SecretString: "secretstr" }),
      remove("delete_secret_response", {}),
      describe("describe_secret_response", {
        DeletedDate: DATE,
        VersionIdsToStages: { "<v1>": CURRENT },
      }),
      remove("force_delete_secret_response"),
    ],
  },
  changeValue("footest-updated1", "666f6f74657374", "7570646174656431"),
  changeValue("tops3cret-updated2", "746f70733363726574", "7570646174656432"),
  changeValue("\\x00\\x01\\x02\\xff-\\xfe\\xfd", "000102ff", "fefd"),
];
