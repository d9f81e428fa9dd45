/** B12: the peer accepts the login, and closes when the driver asks for array types. */

import { app, pause, tell } from "./clients.ts";

const sql = app({ fetch_types: true });
sql`select 1`.catch((error) => tell(`rejected ${error.code}`));
// It dies of it long before.
await pause(30_000);
tell("alive");
Deno.exit(0);
