/** What the facts about a secret store are asked of: the simulated one, and the double of AWS. */

import type { RotationStore } from "../../../../core/rotation/ports.ts";
import type { VersionStage } from "../../../../core/credential.ts";
import type { Secret } from "../../../../core/secret.ts";
import type { SecretSource } from "../../../../core/source.ts";

export const secretId = "prod/app-db";
/** Versions, as long as the service wants its tokens. */
export const [v1, v2, v3, v4] = ["1", "2", "3", "4"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];

/** What goes wrong with the requests of one principal. */
export type SubjectFault =
  | { readonly kind: "throttled" | "internal-error" | "silent" }
  | { readonly kind: "denied"; readonly stage: VersionStage };

/** A store with the secret `secretId`, whose current version is `v1`, and no rotation so far. */
export interface Subject extends AsyncDisposable {
  readonly rotation: RotationStore;
  /** The secret, as an app reads it. */
  readonly source: SecretSource;
  /** RotateSecret: up to the first step, which never succeeds. */
  startRotation(versionId: string): Promise<void>;
  /** A rotation to this value from its start to its end, by the service. */
  rotate(versionId: string, value: Secret): Promise<void>;
  cancelRotation(): Promise<void>;
  /** Puts the label pending on a version without a value. */
  stageWithoutValue(versionId: string): Promise<void>;
  /** PutSecretValue without labels. */
  putCurrent(versionId: string, value: Secret): Promise<void>;
  /** Moves current back to the previous version. */
  rollBack(): Promise<void>;
  /** Makes requests go wrong until it is called: the app's, and the rotator's. */
  inject(fault: SubjectFault): () => void;
}

/** The value of a version. */
export { Secret } from "../../../../core/secret.ts";
