import assert from "node:assert/strict";
import postgres from "postgres";
import {
  alternatingUsers,
  rotationHandler,
  type RotationStrategy,
  singleUser,
} from "../../core/rotation/mod.ts";
import { withBudget } from "../adapters/outcome.ts";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import { createDatabase, startClient } from "./client.ts";
import { until } from "./events.ts";
import { formsOf } from "../leaks.ts";
import { Load } from "./load.ts";

const house = rotationHouse({
  settings: {
    log_statement: "all",
    log_min_messages: "debug1",
    log_min_error_statement: "debug1",
    log_error_verbosity: "verbose",
    log_parameter_max_length_on_error: "-1",
  },
});

/** How many lines of the server's log hold a text, in any form that is easily read back. */
async function linesWith(text: string): Promise<number> {
  const forms = formsOf(text);
  const lines = await house.server.log();
  return lines.filter((line) => forms.some((form) => line.includes(form))).length;
}

/** The log is another process's work: it is complete up to a line that was asked for just now. */
async function logIsWritten(): Promise<void> {
  const marker = `marker-${crypto.randomUUID()}`;
  await house.server.admin().unsafe(`select '${marker}'`);
  await until(async () => await linesWith(marker) > 0, "the log does not show the marker");
}

Deno.test("control: a password in a statement, a parameter or an error is found in the log", async () => {
  const { host, port, superuser } = house.server;
  const sql = postgres({ host, port, ...superuser, database: "postgres", max: 1, onnotice() {} });
  try {
    await sql.unsafe("create role in_the_clear login password 'control-password-1'");
    await sql`select ${"control-password-2"}::text`;
    await sql.unsafe("select 'control-password-3'::int").catch(() => {});
    await sql`select ${btoa("control-password-4")}::text`;
  } finally {
    await sql.end();
  }
  await logIsWritten();
  for (const n of [1, 2, 3, 4]) assert.ok(await linesWith(`control-password-${n}`) > 0, `${n}`);
});

/** Rotations, one of which is repeated from its set step, with logins of the wrong kind between. */
async function rotations(app: App, strategy: RotationStrategy): Promise<string> {
  const options = app.options(strategy);
  await app.rotateByStore(options);
  const handler = rotationHandler(options);
  const token = await app.stage();
  for (const Step of ["createSecret", "setSecret", "setSecret", "testSecret", "finishSecret"]) {
    await handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
  }
  return token;
}

for (const strategy of [singleUser(), alternatingUsers()]) {
  Deno.test(`the log of everything holds no password, old or new, ${strategy.name}`, async () => {
    await using app = await house.app();
    const database = await createDatabase(app);
    const pool = { maxLifetimeMs: 200 };
    await using client = startClient(app, database, { pool });
    await using load = await Load.start(client.db);
    await load.progress();
    const versionId = await rotations(app, strategy);
    await until(
      () => client.sql.rotation.stats().pool.versionId === versionId,
      "the new version was not adopted",
    );
    await load.progress();
    await load.end();
    // A login that the server refuses is logged with more words than one that it accepts.
    await app.server.admin().unsafe(`alter role ${app.user} password null`);
    const ask = async (loginBudgetMs: number) => {
      await using refused = startClient(app, database, { pool: { loginBudgetMs } });
      const outcome = await refused.sql`select 1`.then(() => "ok", () => "refused");
      return { outcome, rejected: refused.sql.rotation.stats().endpoint.rejected };
    };
    // The other user of the pair is under AWSPREVIOUS.
    const expected = strategy.name === "single-user" ? "refused" : "ok";
    const { outcome, rejected } = await withBudget(
      300,
      ask,
      ({ outcome, rejected }) => outcome === expected && rejected > 0,
    );
    assert.equal(outcome, expected);
    assert.ok(rejected > 0);
    await logIsWritten();

    assert.equal(new Set(app.passwords).size, 3);
    for (const password of [...app.passwords, app.server.superuser.password]) {
      assert.equal(await linesWith(password), 0);
    }
    // The statements of rotator and app were logged, then.
    assert.ok(await linesWith("SCRAM-SHA-256$4096:") >= 3);
    assert.ok(await linesWith('insert into "notes"') > 0);
    assert.ok((await app.server.failedLogins()).some(({ user }) => user === app.user));
  });
}
