/** B10: the third of six statements cannot be built while the first is being answered. */

import { app, pause, tell } from "./clients.ts";

const sql = app();
await sql`select ${new Date(0)}::timestamptz as x`;
const { promise: allButOne, resolve } = Promise.withResolvers<void>();
let answers = 0;
const settled = (text: string) => {
  tell(text);
  if (++answers === 5) resolve();
};
for (let i = 0; i < 6; i++) {
  const value = i === 2 ? new Date(NaN) : new Date(i);
  sql`select ${value}::timestamptz as x`.then(
    ([row]) => settled(`${i} got ${row!.x.getTime()}`),
    (error) => settled(`${i} got ${error.name}`),
  );
}
await Promise.race([allButOne, pause(30_000)]);
await pause(500);
Deno.exit(0);
