/** B9: the connection that listens is killed, and cannot log in again. */

import { admin, app, killApp, pause, tell } from "./clients.ts";

const sql = app();
await sql.listen("channel", () => {});
await admin`alter role app password 'changed'`;
await killApp();
await pause(1_000);
tell("a second is over");
Deno.exit(0);
