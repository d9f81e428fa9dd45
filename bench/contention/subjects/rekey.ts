/** This package: a provider for each secret. */

import { credentialProvider } from "@rekey/orm";
import { secretsManager } from "@rekey/orm/aws";
import type { Store } from "../store.ts";
import type { Subject } from "../subject.ts";

function providers(store: Store, secrets: readonly string[], ttlMs: number) {
  return secrets.map((name) => credentialProvider(secretsManager(store.v3, name), { ttlMs }));
}

/** `get()`. Every other subject is measured against it. */
export const rekeyGet: Subject = {
  name: "Rekey get()",
  open(store, secrets, ttlMs) {
    const all = providers(store, secrets, ttlMs);
    return {
      getters: all.map((provider) => () => provider.get()),
      close: () => all.forEach((provider) => provider.close()),
    };
  },
};

/** `peek()`: what is cached, whatever its age. */
export const rekeyPeek: Subject = {
  name: "Rekey peek()",
  hitsOnly: true,
  open(store, secrets, ttlMs) {
    const all = providers(store, secrets, ttlMs);
    return {
      getters: all.map((provider) => () => provider.peek()),
      fill: async () => void await Promise.all(all.map((provider) => provider.get())),
      close: () => all.forEach((provider) => provider.close()),
    };
  },
};
