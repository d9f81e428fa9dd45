/** Credentials that change while the client is in use, by a secret whose stages are set by hand. */

import assert from "node:assert/strict";
import { assertNoSecretIn } from "../../leaks.ts";
import { app, clientHouse } from "./fixture.ts";
import { errorOf, within } from "../outcome.ts";

const house = clientHouse();
const wrong = { versionId: "wrong", username: "app", password: "wrong-password" };
const right = { versionId: "right", ...app };

async function setPassword(password: string): Promise<void> {
  await house.server.admin().unsafe(`alter role app password '${password}'`);
}

for (const stage of ["pending", "previous"] as const) {
  Deno.test(`a cold pool whose current is wrong logs in with ${stage}`, async (t) => {
    const stages = { current: wrong, [stage]: right };
    await t.step("for its first statement", async () => {
      await using client = house.client({ stages });
      assert.deepEqual([...await within(5_000, client.sql`select 1 as x`)], [{ x: 1 }]);
      assert.equal(client.sql.rotation.stats().endpoint.versionId, "right");
      assert.equal(client.sql.rotation.stats().endpoint.rejected, 1);
      assertNoSecretIn([client.sql, client.events], [app.password, wrong.password]);
    });
    await t.step("for the first statement of a transaction", async () => {
      await using client = house.client({ stages });
      const x = await within(
        5_000,
        client.sql.begin(async (sql) => (await sql`select ${7}::int as x`)[0]!.x),
      );
      assert.equal(x, 7);
    });
    await t.step("for a crowd of first statements, with one failed login", async () => {
      await using client = house.client({ stages });
      const { sql } = client;
      const results = await within(
        5_000,
        Promise.all(Array.from({ length: 50 }, (_, i) => sql`select ${i}::int as x`)),
      );
      assert.deepEqual(results.map(([row]) => row!.x), results.map((_, i) => i));
      assert.equal(sql.rotation.stats().endpoint.rejected, 1);
    });
  });
}

Deno.test("a password that changes under load fails no statement", async () => {
  const passwords = ["password-two", "password-three", app.password];
  await using client = house.client({ stages: { current: right } });
  const { sql, source, credentials } = client;
  let stop = false;
  let done = 0;
  const failures: unknown[] = [];
  const worker = async (n: number) => {
    while (!stop) {
      try {
        await (n % 3 === 0
          ? sql.begin((sql) => sql`select ${done}::int`)
          : n % 3 === 1
          ? sql.unsafe("select 1")
          : sql`select ${done}::int`);
        done++;
      } catch (error) {
        failures.push(error);
        return;
      }
    }
  };
  const workers = Array.from({ length: 12 }, (_, n) => worker(n));
  for (const [round, password] of passwords.entries()) {
    const login = { versionId: `round-${round}`, username: "app", password };
    // The rotator's order: pending, then the database, then the labels.
    source.stages = { ...source.stages, pending: login };
    await setPassword(password);
    await house.server.admin()`select pg_sleep(0.2)`;
    source.stages = { current: login, previous: source.stages.current! };
    await credentials.refresh("the test");
    await house.server.admin()`select pg_sleep(0.2)`;
    assert.equal(sql.rotation.stats().pool.versionId, `round-${round}`);
  }
  stop = true;
  await within(5_000, Promise.all(workers));
  assert.deepEqual(failures, []);
  assert.ok(done > 100);
});

Deno.test("a username that changes is followed, and the old user's sessions end", async () => {
  const admin = house.server.admin();
  await admin.unsafe("create role app_clone login password 'clone-password'");
  await using client = house.client({ stages: { current: right } });
  const { sql, source, credentials } = client;
  const user = async () => (await sql`select current_user as u`)[0]!.u;
  assert.equal(await user(), "app");
  source.stages = {
    current: { versionId: "clone", username: "app_clone", password: "clone-password" },
    previous: right,
  };
  await credentials.refresh("the test");
  const deadline = performance.now() + 5_000;
  while (await user() !== "app_clone") assert.ok(performance.now() < deadline);
  while ((await house.server.sessions({ user: "app" })).length > 0) {
    assert.ok(performance.now() < deadline);
  }
  assert.deepEqual(client.events.filter(({ type }) => type === "login-rejected"), []);
});

Deno.test("a database that does not exist refuses the login at once", async () => {
  await using client = house.client({ driver: { database: "nowhere" } });
  const startedMs = performance.now();
  const error = await within(5_000, errorOf(client.sql`select 1`));
  assert.equal(error.code, "LOGIN_REFUSED");
  assert.match(error.message, /3D000/);
  assert.ok(performance.now() - startedMs < 3_000);
  assertNoSecretIn(error, [app.password]);
});

Deno.test("when the server has no room, statements wait for it", async () => {
  await house.server.admin().unsafe("alter role app connection limit 1");
  try {
    await using holder = house.client({ options: { max: 1 } });
    await holder.sql`select 1`;
    await using client = house.client({ options: { loginBudgetMs: 8_000 } });
    const waiting = client.sql`select 1 as x`;
    let settled = false;
    waiting.finally(() => settled = true);
    await house.server.admin()`select pg_sleep(0.3)`;
    assert.equal(settled, false);
    await holder.sql.end();
    assert.deepEqual([...await within(8_000, waiting)], [{ x: 1 }]);
    const refusals = (await house.server.failedLogins()).filter(({ code }) => code === "53300");
    assert.ok(refusals.length >= 1 && refusals.length < 20, `${refusals.length} refusals`);
  } finally {
    await house.server.admin().unsafe("alter role app connection limit -1");
  }
});
