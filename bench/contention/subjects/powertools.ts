/** `@aws-lambda-powertools/parameters`: no single flight, and nothing is served stale. */

import type { Subject } from "../subject.ts";
import { load } from "./peers.ts";

interface Provider {
  get(name: string, options: { maxAge: number; transform: "json" }): Promise<unknown>;
}
type Constructor = new (config: { awsSdkV3Client: unknown }) => Provider;

const SecretsProvider: Constructor =
  load("@aws-lambda-powertools/parameters/secrets").SecretsProvider;

/** A `SecretsProvider` with a client passed in, parsing the secret when it is fetched. */
export const powertools: Subject = {
  name: "powertools",
  open(store, secrets, ttlMs) {
    const provider = new SecretsProvider({ awsSdkV3Client: store.v3 });
    const maxAge = ttlMs / 1_000;
    return {
      getters: secrets.map((name) => () => provider.get(name, { maxAge, transform: "json" })),
      close() {},
    };
  },
};
