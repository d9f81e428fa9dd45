/** A double and the SDK clients of one test, closed together. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { type SecretsManagerDouble, startSecretsManager } from "./mod.ts";

/** A running double and its clients. */
export interface Session extends AsyncDisposable {
  readonly double: SecretsManagerDouble;
  /** A client with its own access key id, by default one that does not retry. */
  client(accessKeyId: string, maxAttempts?: number): SecretsManager;
}

/** Starts a double. */
export async function startSession(): Promise<Session> {
  const double = await startSecretsManager();
  const clients: SecretsManager[] = [];
  return {
    double,
    client(accessKeyId, maxAttempts = 1) {
      const client = new SecretsManager({ ...double.clientConfig(accessKeyId), maxAttempts });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await double.close();
      for (const client of clients) client.destroy();
    },
  };
}
