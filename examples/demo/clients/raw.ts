/** The driver alone, used as well as it can be: with a cache of the secret. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { ClientConfig, DemoClient } from "../client/client.ts";
import { loadDriver, type Login } from "../client/statements.ts";

/** What a careful user of the driver writes. */
export const client: DemoClient = {
  knowsWhatRan: false,
  connect: async (config) => await (await loadDriver(config)).alone(config, cachedLogin(config)),
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
