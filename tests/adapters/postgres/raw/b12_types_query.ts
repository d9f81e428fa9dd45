/** B12: the peer accepts the login, and closes when the driver asks for array types. */

import { app, pause, tell } from "./clients.ts";

const sql = app({ fetch_types: true });
sql`select 1`.catch((error) => tell(`rejected ${error.code}`));
await pause(500);
tell("alive");
Deno.exit(0);
