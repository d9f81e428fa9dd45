/** What a scenario runs in: database servers, a Secrets Manager and the rotator's client of it. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { rotationStore } from "../../../adapters/aws/mod.ts";
import type { RotationStore } from "../../../core/rotation/mod.ts";
import {
  type SecretsManagerDouble,
  startSecretsManager,
} from "../../../tests/servers/secrets_manager/mod.ts";
import type { DemoDatabase, DemoServers } from "../databases/database.ts";
import { parameters } from "../parameters.ts";
import type { Scenario } from "../scenario.ts";

/** Servers of one scenario. Disposing of it leaves nothing behind. */
export interface World extends AsyncDisposable {
  readonly servers: DemoServers;
  readonly double: SecretsManagerDouble;
  /** The rotator's client of the store. */
  readonly client: SecretsManager;
  readonly store: RotationStore;
  /** The secret of the admin. */
  readonly adminSecretId: string;
}

/** Starts the servers. */
export async function startWorld(database: DemoDatabase, scenario: Scenario): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const lagMs = scenario.onReplica ? parameters.replicaLagMs[database.name] : undefined;
  const servers = stack.use(await database.start(lagMs));
  const double = stack.use(await startSecretsManager());
  const client = new SecretsManager({ ...double.clientConfig("rotator"), maxAttempts: 3 });
  stack.defer(() => client.destroy());
  const adminSecretId = "demo/admin";
  const admin = await servers.createAdmin();
  await client.createSecret({ Name: adminSecretId, SecretString: JSON.stringify(admin) });
  const rest = stack.move();
  return {
    servers,
    double,
    client,
    store: rotationStore(client),
    adminSecretId,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
