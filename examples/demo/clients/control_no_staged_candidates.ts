/** The rotating client without what closes the single-user gap: it reads the current version only. */

import { rekeyClient } from "../client/rekey_client.ts";

/** Pending and previous versions do not exist for this one. */
export const client = rekeyClient({
  source: (source) => ({
    ...source,
    read: (stage, options) =>
      stage === "current" ? source.read(stage, options) : Promise.resolve(undefined),
  }),
});
