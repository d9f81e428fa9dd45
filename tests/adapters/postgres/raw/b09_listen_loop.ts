/** B9: the connection that listens is killed, and cannot log in again. */

import { admin, app, killApp } from "./clients.ts";

const sql = app();
await sql.listen("channel", () => {});
await admin`alter role app password 'changed'`;
await killApp();
