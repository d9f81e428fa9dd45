/** The rotating client without what keeps alternating users clean: it learns by failing only. */

import { rekeyClient } from "../client/rekey_client.ts";

/** Nobody tells its pool of a new version. */
export const client = rekeyClient({
  provider: (provider) => ({
    name: provider.name,
    ttlMs: provider.ttlMs,
    get: () => provider.get(),
    peek: () => provider.peek(),
    refresh: (hint) => provider.refresh(hint),
    read: (stage) => provider.read(stage),
    isNewer: (a, b) => provider.isNewer(a, b),
    subscribe: () => () => {},
    stats: () => provider.stats(),
    close: () => provider.close(),
    [Symbol.dispose]: () => provider.close(),
  }),
});
