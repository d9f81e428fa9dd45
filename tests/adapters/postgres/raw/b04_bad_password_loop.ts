/** B4: killed while a statement is active, and the password has changed. */

import { admin, app, appIs, killApp, tell } from "./clients.ts";

const sql = app();
await sql`select 1`;
const active = sql`select pg_sleep(20)`.catch((error) => tell(`active: ${error.code}`));
await appIs("active");
await admin`alter role app password 'changed'`;
await killApp();
await active;
sql`select 1`.then(() => tell("settled"), () => tell("settled"));
