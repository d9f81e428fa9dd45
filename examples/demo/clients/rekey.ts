/** The rotating client, as an app would use it. */

import { rekeyClient } from "../client/rekey_client.ts";

/** Nothing taken away. */
export const client = rekeyClient();
