/** B10: the third of six statements cannot be built while the first is being answered. */

import { app, pause, tell } from "./clients.ts";

const sql = app();
await sql`select ${new Date(0)}::timestamptz as x`;
for (let i = 0; i < 6; i++) {
  const value = i === 2 ? new Date(NaN) : new Date(i);
  sql`select ${value}::timestamptz as x`.then(
    ([row]) => tell(`${i} got ${row!.x.getTime()}`),
    (error) => tell(`${i} got ${error.name}`),
  );
}
await pause(500);
Deno.exit(0);
