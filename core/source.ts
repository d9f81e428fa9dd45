/** The port to whatever keeps the secret. */

import type { VersionStage } from "./credential.ts";
import type { Secret } from "./secret.ts";

/** A version of a secret that holds a value. */
export interface SecretVersion {
  /** The id of the version; never reused for another value. */
  readonly versionId: string;
  /** The secret's text. */
  readonly value: Secret;
}

/**
 * Where a secret is read from. One source stands for one secret.
 *
 * Adapters: `secretsManager` of `@rekey/orm/aws`. Any object of this shape will do.
 */
export interface SecretSource {
  /** Names the secret in errors and events. Not sensitive. */
  readonly name: string;
  /**
   * Reads the version under `stage`. Undefined when the stage has no version, or a version without
   * a value yet. Rejects when the store cannot be read or denies the access.
   */
  read(
    stage: VersionStage,
    options: { readonly signal: AbortSignal },
  ): Promise<SecretVersion | undefined>;
}
