/** postgres.js alone, used as well as it can be: a password function with a cache. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { ClientConfig, DemoClient } from "../client/client.ts";

interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a careful user of the driver writes. */
export const client: DemoClient = {
  knowsWhatRan: false,
  async connect(config) {
    const login = cachedLogin(config);
    // The driver takes a user name only here: no later one can replace it.
    const { username } = await login();
    const sql = postgres({
      host: config.host,
      port: config.port,
      database: config.database,
      user: username,
      password: async () => (await login()).password,
      max: config.maxConnections,
      max_lifetime: config.recycleMs / 1000,
      onnotice: () => {},
    });
    return { db: drizzle({ client: sql }), close: () => sql.end({ timeout: 1 }) };
  },
};

/** AWSCURRENT, read again when it is older than the TTL; one read at a time serves all. */
function cachedLogin({ store, secretId, ttlMs }: ClientConfig): () => Promise<Login> {
  const secrets = new SecretsManager(store);
  let cached: { readonly login: Login; readonly readMs: number } | undefined;
  let reading: Promise<Login> | undefined;

  const read = async (): Promise<Login> => {
    try {
      const { SecretString } = await secrets.getSecretValue({ SecretId: secretId });
      const login: Login = JSON.parse(SecretString!);
      cached = { login, readMs: performance.now() };
      return login;
    } catch (error) {
      // A password function that throws leaves its statement hanging: an old password is better.
      if (cached === undefined) throw error;
      return cached.login;
    } finally {
      reading = undefined;
    }
  };
  return async () => {
    if (cached !== undefined && performance.now() - cached.readMs < ttlMs) return cached.login;
    return await (reading ??= read());
  };
}
