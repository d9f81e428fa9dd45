/**
 * Operations that the library or its tests use and that no recording covers. Their answers are
 * checked against the SDK's model: a field that the model does not know, or of another type,
 * does not come through the SDK.
 */

import type { Fields } from "./recorded_steps.ts";

/** An operation without a recording. */
export interface UnrecordedOperation {
  readonly operation: string;
  /** Sent before, to bring the secret into the state. */
  readonly prepare: readonly { readonly operation: string; readonly input: Fields }[];
  readonly input: Fields;
  /** The fields of the answer and their types after the SDK. */
  readonly answer: Readonly<Record<string, "string" | "date" | "boolean">>;
}

const SECRET = { SecretId: "<name>" };
const CREATE = { operation: "CreateSecret", input: { Name: "<name>", SecretString: "value" } };

/** The operations without a recording. */
export const unrecordedOperations: readonly UnrecordedOperation[] = [
  {
    operation: "GetRandomPassword",
    prepare: [],
    input: { PasswordLength: 20 },
    answer: { RandomPassword: "string" },
  },
  {
    operation: "RestoreSecret",
    prepare: [CREATE, { operation: "DeleteSecret", input: SECRET }],
    input: SECRET,
    answer: { ARN: "string", Name: "string" },
  },
  {
    operation: "CancelRotateSecret",
    prepare: [CREATE, {
      operation: "PutSecretValue",
      input: { ...SECRET, SecretString: "next", VersionStages: ["AWSPENDING"] },
    }],
    input: SECRET,
    answer: { ARN: "string", Name: "string", VersionId: "string" },
  },
];
