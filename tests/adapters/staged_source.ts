/** A secret whose stages a test sets by hand. */

import type { VersionStage } from "../../core/credential.ts";
import { Secret } from "../../core/secret.ts";
import type { SecretSource, SecretVersion } from "../../core/source.ts";

/** What a stage holds. */
export interface StagedLogin {
  readonly versionId: string;
  readonly username: string;
  readonly password: string;
  readonly host?: string;
  readonly port?: number;
}

/** The stages of a secret; one that is left out is empty. */
export type Stages = Partial<Record<VersionStage, StagedLogin>>;

/** A source that answers at once with whatever `stages` holds now. */
export class StagedSource implements SecretSource {
  readonly name = "test/app-db";
  stages: Stages;

  constructor(stages: Stages) {
    this.stages = stages;
  }

  read(stage: VersionStage): Promise<SecretVersion | undefined> {
    const { [stage]: login } = this.stages;
    if (login === undefined) return Promise.resolve(undefined);
    const { versionId, ...payload } = login;
    const value = new Secret(JSON.stringify(payload));
    return Promise.resolve({ versionId, value });
  }
}
