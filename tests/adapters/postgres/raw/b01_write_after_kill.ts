/** B1: the session is killed during a transaction, and then something is written. */

import { app, killApp, pause, tell } from "./clients.ts";

const sql = app();
const transaction = sql.begin(async (sql) => {
  await sql`select 1`;
  await killApp();
  await pause(100);
  tell("killed");
  // The driver's own "rollback" does it as well.
  throw new Error("of the callback");
});
transaction.catch((error) => tell(`rejected ${error.code}`));
await pause(1_000);
tell("alive");
Deno.exit(0);
