/** Servers that are away. */

import assert from "node:assert/strict";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { errorOf, type StatementError, until, withBudget, within } from "../outcome.ts";
import { Load } from "./load.ts";
import type { Fact } from "./scene.ts";

export const outageFacts: readonly Fact[] = [
  {
    name: "while a server restarts, statements wait, and none fails that was not sent",
    async check(scene) {
      await using server = await scene.subject.start({ durable: true });
      await server.createUser(scene.first);
      await using scenery = scene.client({ at: server, options: { loginBudgetMs: 20_000 } });
      const { client } = scenery;
      await using load = new Load(8, async (n) => {
        try {
          if (n % 2) await client.echo(n);
          else await client.transaction((statements) => statements.echo(n));
        } catch (error) {
          const { possiblyExecuted } = error as StatementError;
          // A transaction that was under way fails whole, whatever its last statement knows.
          if (!possiblyExecuted && !(n % 2 === 0 && possiblyExecuted === false)) throw error;
        }
      });
      await load.progress(50);
      await server.crash();
      const waiting = client.echo(7);
      await server.comeBack();
      assert.equal(await within(30_000, waiting), 7);
      await load.progress(50);
      await load.end();
      assert.equal(await client.user(), scene.username);
      await client.end();
    },
  },
  {
    name: "where nobody listens, statements are rejected when their budget is spent",
    async check(scene) {
      const ask = async (loginBudgetMs: number) => {
        await using away = scene.client({
          at: { host: "127.0.0.1", port: 1 },
          options: { loginBudgetMs },
        });
        return await within(30_000, errorOf(away.client.echo(1)));
      };
      const error = await withBudget(300, ask, ({ message }) => /ECONNREFUSED/.test(message));
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      assert.match(error.message, /ECONNREFUSED/);
    },
  },
  {
    name: "where somebody listens and says nothing, a connect ends at its time",
    async check(scene) {
      await using proxy = await startTcpProxy(scene.server);
      proxy.blackhole();
      const ask = async (loginBudgetMs: number) => {
        await using away = scene.client({
          at: proxy,
          options: { loginBudgetMs, connectTimeoutMs: 100 },
        });
        return await within(30_000, errorOf(away.client.echo(1)));
      };
      const atItsTime = /TIMEDOUT|CONNECT_TIMEOUT/;
      const error = await withBudget(500, ask, ({ message }) => atItsTime.test(message));
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      assert.match(error.message, atItsTime);
    },
  },
  {
    name: "where every connection is closed at once, the statement is rejected in the end",
    async check(scene) {
      await using proxy = await startTcpProxy(scene.server);
      proxy.refuse();
      await using away = scene.client({ at: proxy, options: { loginBudgetMs: 500 } });
      const error = await within(30_000, errorOf(away.client.echo(1)));
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      proxy.resume();
      // On a busy machine the budget may be too small for a good login.
      const answered = () => away.client.echo(2).then((n) => n === 2, () => false);
      await until(answered, "the statement is answered");
      await away.client.end();
    },
  },
];
