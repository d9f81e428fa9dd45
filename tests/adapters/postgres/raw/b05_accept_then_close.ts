/** B5: the peer accepts, and closes at once. */

import { app, tell } from "./clients.ts";

const sql = app();
sql`select 1`.then(() => tell("settled"), () => tell("settled"));
