/** B1: the session is killed during a transaction, and then something is written. */

import { app, killApp, pause, tell } from "./clients.ts";

const lost = Promise.withResolvers<void>();
const sql = app({ onclose: () => lost.resolve() });
const transaction = sql.begin(async (sql) => {
  await sql`select 1`;
  await killApp();
  await lost.promise;
  tell("killed");
  // The driver's own "rollback" does it as well.
  throw new Error("of the callback");
});
transaction.catch((error) => tell(`rejected ${error.code}`));
// It dies of it long before.
await pause(30_000);
tell("alive");
Deno.exit(0);
