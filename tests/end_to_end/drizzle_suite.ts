/** Registers the drizzle checks for one release: each on postgres.js and on the rotating client. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import { createDatabase, startClient } from "./client.ts";
import { statementChecks } from "./drizzle_checks.ts";
import { type DrizzleKit, prepareScene } from "./drizzle_kit.ts";
import { sessionChecks } from "./drizzle_session_checks.ts";

/** Registers the tests. */
export function drizzleSuite(kit: DrizzleKit): void {
  const house = rotationHouse();
  for (const [what, check] of Object.entries({ ...statementChecks, ...sessionChecks })) {
    Deno.test(`drizzle ${kit.release}, on postgres.js and rotating alike: ${what}`, async () => {
      await using app = await house.app();
      const database = await createDatabase(app);
      const expected = await onDriver(
        app,
        database,
        async (client) => await check(await prepareScene(kit, client)),
      );
      await using client = startClient(app, database);
      const actual = await check(await prepareScene(kit, client.sql));
      assert.deepEqual(actual, expected);
    });
  }
}

async function onDriver<T>(
  app: App,
  database: string,
  work: (client: postgres.Sql) => Promise<T>,
): Promise<T> {
  const { host, port } = app.server;
  const [password] = app.passwords;
  const login = { host, port, user: app.user, password: password! };
  const client = postgres({ ...login, database, max: 4, onnotice: () => {} });
  try {
    return await work(client);
  } finally {
    await client.end({ timeout: 2 });
  }
}
