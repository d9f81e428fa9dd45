/** B5: the peer accepts, and closes at once. */

import { app, pause, tell } from "./clients.ts";

const sql = app();
sql`select 1`.then(() => tell("settled"), () => tell("settled"));
await pause(1_000);
tell("a second is over");
Deno.exit(0);
