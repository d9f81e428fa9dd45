/**
 * `aws-secrets-manager-cache`, on SDK v2: no single flight, nothing is served stale, and the text is
 * parsed for every caller, which is its only way of giving a credential.
 */

import type { Subject } from "../subject.ts";
import { load } from "./peers.ts";

interface Cache {
  getSecret(name: string, isJSON: boolean): Promise<unknown>;
}
type Constructor = new (options: { ttl: number; secretsManager: unknown }) => Cache;

const SecretsManagerCache: Constructor = load("aws-secrets-manager-cache").SecretsManagerCache;

/** A cache with a client passed in. */
export const awsSecretsManagerCache: Subject = {
  name: "aws-s-m-cache",
  open(store, secrets, ttl) {
    const cache = new SecretsManagerCache({ ttl, secretsManager: store.v2 });
    return { getters: secrets.map((name) => () => cache.getSecret(name, true)), close() {} };
  },
};
