/** Defects B4, B5 and B9 of postgres.js 3.4: connecting and logging in without end or pause. */

import assert from "node:assert/strict";
import { startAccepting } from "./accepting_server.ts";
import { runHot } from "./bare_program.ts";
import { app, clientHouse } from "./fixture.ts";
import { errorOf, until, withBudget, within } from "../outcome.ts";

const house = clientHouse();

/** So many logins a second are no hot loop: the ladder's first backoffs. */
const few = 10;

async function setPassword(password: string): Promise<void> {
  await house.server.admin().unsafe(`alter role app password '${password}'`);
}

async function failedLogins(): Promise<number> {
  return (await house.server.failedLogins()).filter(({ user }) => user === "app").length;
}

async function second(): Promise<void> {
  // To be counted over: there is nothing to poll for.
  await house.server.admin()`select pg_sleep(1)`;
}

Deno.test("B4: the bare driver logs in again and again when the password has changed", async () => {
  const before = await failedLogins();
  const hot = async () => await failedLogins() - before > 2 * few;
  const told = await runHot("b04_bad_password_loop", house.server, hot);
  await setPassword(app.password);
  assert.ok(!told.includes("settled"));
});

Deno.test("B4: a changed password costs few logins, and the statement gets its rows", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql, source } = client;
  await sql`select 1`;
  const active = errorOf(sql`select pg_sleep(20)`);
  await until(
    async () => (await house.server.sessions({ user: "app" })).some((s) => s.state === "active"),
    "the statement is active",
  );
  const before = await failedLogins();
  await setPassword("second-password");
  await house.server.terminateSessions({ user: "app" });
  assert.equal((await active).possiblyExecuted, true);
  let settled = false;
  const next = sql`select 1 as x`.finally(() => settled = true);
  await until(async () => await failedLogins() > before, "the first login has failed");
  await second();
  const failed = await failedLogins() - before;
  assert.ok(failed <= few, `${failed} failed logins`);
  assert.equal(settled, false);
  source.stages = { current: { versionId: "v2", username: "app", password: "second-password" } };
  assert.deepEqual([...await within(30_000, next)], [{ x: 1 }]);
  await setPassword(app.password);
});

Deno.test("B4: when no credential ever is right, the statement rejects within its budget", async () => {
  const current = { versionId: "v1", username: "app", password: "wrong-password" };
  const ask = async (loginBudgetMs: number) => {
    await using client = house.client({ stages: { current }, options: { loginBudgetMs } });
    const before = await failedLogins();
    const statements = Array.from({ length: 10 }, () => errorOf(client.sql`select 1`));
    const errors = await within(30_000, Promise.all(statements));
    return { errors, failed: await failedLogins() - before };
  };
  const { errors, failed } = await withBudget(600, ask, ({ failed }) => failed > 0);
  for (const error of errors) assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
  assert.ok(failed >= 1 && failed <= few, `${failed} failed logins for ten statements`);
});

Deno.test("B5: the bare driver hammers a peer that accepts and closes", async () => {
  await using peer = await startAccepting();
  const hot = () => peer.accepted > 2 * few;
  const told = await runHot("b05_accept_then_close", house.server, hot, peer.port);
  assert.ok(!told.includes("settled"));
});

Deno.test("B5: a peer that accepts and closes sees few connections, and the budget ends", async () => {
  await using peer = await startAccepting();
  const ask = async (loginBudgetMs: number) => {
    await using client = house.client({ at: peer, options: { loginBudgetMs } });
    const before = peer.accepted;
    const error = await within(30_000, errorOf(client.sql`select 1`));
    return { error, accepted: peer.accepted - before };
  };
  const closed = /CONNECTION_CLOSED|ECONNRESET/;
  const { error, accepted } = await withBudget(
    1_000,
    ask,
    ({ error }) => closed.test(error.message),
  );
  assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
  assert.match(error.message, closed);
  assert.ok(accepted >= 1 && accepted <= few, `${accepted} connections`);
});

Deno.test("B9: the bare driver's listener logs in again and again", async () => {
  const before = await failedLogins();
  await runHot(
    "b09_listen_loop",
    house.server,
    async () => await failedLogins() - before > 2 * few,
  );
  await setPassword(app.password);
});

Deno.test("B9: a listener that cannot log in tries seldom, and listens again", async () => {
  await using client = house.client();
  const { sql, source } = client;
  const heard: string[] = [];
  let listening = 0;
  await sql.listen("channel", (payload) => heard.push(payload), () => void listening++);
  assert.equal(listening, 1);
  const before = await failedLogins();
  await setPassword("second-password");
  await house.server.terminateSessions({ user: "app" });
  await until(async () => await failedLogins() > before, "the first login has failed");
  await second();
  const failed = await failedLogins() - before;
  assert.ok(failed <= few, `${failed} failed logins`);
  source.stages = { current: { versionId: "v2", username: "app", password: "second-password" } };
  await until(() => listening === 2, "it listens again");
  await sql.notify("channel", "after");
  await until(() => heard.length === 1, "a notification");
  await setPassword(app.password);
});
