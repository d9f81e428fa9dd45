/** With which credential a client logs in, and what it says when none will do. */

import assert from "node:assert/strict";
import { errorOf, until, wasRejected, withBudget, within } from "../outcome.ts";
import { assertNoSecretIn } from "../../leaks.ts";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import type { Fact } from "./scene.ts";
import type { Client } from "./subject.ts";

/** Nobody listens there. */
const nobody = { host: "127.0.0.1", port: 1 };

/** Has so many statements answered at once. */
async function crowd(client: Client, size = 50): Promise<void> {
  const numbers = Array.from({ length: size }, (_, n) => n);
  const answers = await within(
    30_000,
    Promise.all(numbers.map((n) => client.echo(n))),
    "the crowd",
  );
  assert.deepEqual(answers, numbers);
}

export const loginFacts: readonly Fact[] = [
  {
    name:
      "between the change in the database and the one in the store, pending is found, and one " +
      "login fails for a whole crowd",
    async check(scene) {
      const stages = { current: scene.first, pending: scene.version("v2") };
      await using cold = scene.client({ stages });
      await scene.accept(stages.pending);
      await crowd(cold.client);
      assert.equal(cold.client.rotation.stats().endpoint.versionId, "v2");
      assert.equal(await scene.failedLogins(1), 1);

      await using warm = scene.client({ stages: { current: stages.pending } });
      await crowd(warm.client);
      await warm.quiet();
      warm.source.stages = { ...warm.source.stages, pending: scene.version("v3") };
      await scene.accept(scene.version("v3"));
      await warm.kill();
      await crowd(warm.client);
      assert.equal(warm.client.rotation.stats().endpoint.versionId, "v3");
      assert.equal(await scene.failedLogins(2), 2);
    },
  },
  {
    name: "the first statement of a cold client may be a transaction",
    async check(scene) {
      const stages = { current: scene.version("v2"), pending: scene.first };
      await using cold = scene.client({ stages });
      const answer = cold.client.transaction((statements) => statements.echo(7));
      assert.equal(await within(30_000, answer), 7);
      assert.equal(await scene.failedLogins(1), 1);
    },
  },
  {
    name: "where the server lags behind the store, previous is used until the server has caught up",
    async check(scene) {
      const current = scene.version("v2");
      await using lagging = scene.client({ stages: { current, previous: scene.first } });
      const { client } = lagging;
      await crowd(client);
      assert.equal(client.rotation.stats().endpoint.versionId, "v1");
      assert.equal(await scene.failedLogins(1), 1);

      await lagging.quiet();
      await scene.accept(current);
      await lagging.kill();
      await crowd(client);
      assert.equal(client.rotation.stats().endpoint.versionId, "v2");
      assert.equal(await scene.failedLogins(2), 2);
    },
  },
  {
    name: "when every credential is wrong, the error names the attempts and no password",
    async check(scene) {
      const versions = ["v2", "v3", "v4"].map((versionId) => scene.version(versionId));
      const [current, pending, previous] = versions;
      const seen: unknown[] = [];
      let tries = 0;
      const ask = async (loginBudgetMs: number) => {
        await using wrong = scene.client({
          stages: { current: current!, pending: pending!, previous: previous! },
          options: { loginBudgetMs },
        });
        tries++;
        const error = await within(30_000, errorOf(wrong.client.echo(1)));
        seen.push(error, wrong.events);
        return error;
      };
      const error = await withBudget(300, ask, wasRejected);
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      const attempts = error.attempts!;
      assert.ok(attempts.length > 0);
      assert.ok(attempts.every(({ code }) => code === scene.subject.rejectedCode));
      assert.equal(attempts[0]!.stage, "current");
      // One may be on its way when a budget is spent.
      const beyond = await scene.failedLogins(attempts.length) - attempts.length;
      assert.ok(beyond <= tries, `${beyond} logins that the error does not tell of`);
      assertNoSecretIn(seen, versions.map(({ password }) => password));
    },
  },
  {
    name: "a database that does not exist refuses the login, and nobody waits",
    async check(scene) {
      await using lost = scene.client({
        driver: { database: "nowhere" },
        options: { loginBudgetMs: 60_000 },
      });
      const error = await within(30_000, errorOf(lost.client.echo(1)));
      assert.equal(error.code, "LOGIN_REFUSED");
      assert.match(error.message, new RegExp(scene.subject.noDatabaseCode));
      assertNoSecretIn(error, [scene.first.password]);
    },
  },
  {
    name: "a login that stalls when the server has begun to speak ends at its time",
    async check(scene) {
      await using proxy = await startTcpProxy(scene.server);
      const ask = async (loginBudgetMs: number) => {
        proxy.stall();
        const options = { loginBudgetMs, connectTimeoutMs: 300 };
        await using stalled = scene.client({ at: proxy, options });
        const error = await within(30_000, errorOf(stalled.client.echo(1)));
        proxy.resume();
        // On a busy machine the time may be too short for a good login.
        const answered = () => stalled.client.echo(2).then((n) => n === 2, () => false);
        await until(answered, "a login when nothing is in its way");
        return error;
      };
      const error = await withBudget(1_000, ask, ({ message }) => /TIMEDOUT|TIMEOUT/.test(message));
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      assert.match(error.message, /TIMEDOUT|TIMEOUT/);
    },
  },
  {
    name: "the host and the port of the secret are used when no option gives them",
    async check(scene) {
      const { host, port } = scene.server;
      const stages = { current: { ...scene.first, host, port } };
      await using client = scene.client({ at: "secret", stages });
      assert.equal(await client.client.echo(1), 1);
    },
  },
  {
    name: "the host and the port of the options win over the secret's",
    async check(scene) {
      await using client = scene.client({ stages: { current: { ...scene.first, ...nobody } } });
      assert.equal(await within(30_000, client.client.echo(1)), 1);
    },
  },
  {
    name: "a secret without a host, when no option gives one, is an error that says so",
    async check(scene) {
      await using client = scene.client({ at: "secret" });
      const error = await within(30_000, errorOf(client.client.echo(1)));
      assert.equal(error.code, "INVALID_SECRET");
      assert.match(error.message, /option host/);
    },
  },
];
