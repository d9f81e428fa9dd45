/** What a scenario runs in: a PostgreSQL, a Secrets Manager and the rotator's client of it. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import {
  type PostgresNode,
  type PostgresServer,
  startPostgres,
} from "../../../tests/servers/postgres/mod.ts";
import {
  type SecretsManagerDouble,
  startSecretsManager,
} from "../../../tests/servers/secrets_manager/mod.ts";
import { parameters } from "../parameters.ts";
import type { Scenario } from "../scenario.ts";
import { createAdmin } from "./admin.ts";

/** Servers of one scenario. Disposing of it leaves nothing behind. */
export interface World extends AsyncDisposable {
  readonly server: PostgresServer;
  /** Where the load runs: the server itself, or its replica. */
  readonly loaded: PostgresNode;
  readonly double: SecretsManagerDouble;
  /** The rotator's client of the store. */
  readonly client: SecretsManager;
}

/** Starts the servers. */
export async function startWorld(scenario: Scenario): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const replica = scenario.onReplica && { lagMs: parameters.replicaLagMs };
  const server = stack.use(await startPostgres(replica ? { replica } : {}));
  const double = stack.use(await startSecretsManager());
  const client = new SecretsManager({ ...double.clientConfig("rotator"), maxAttempts: 3 });
  stack.defer(() => client.destroy());
  await createAdmin(server, client);
  const rest = stack.move();
  return {
    server,
    loaded: server.replica ?? server,
    double,
    client,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}
