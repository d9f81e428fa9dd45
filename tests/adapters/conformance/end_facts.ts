/** The end of a client: it waits for what is under way, and always comes. */

import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../../core/clock.ts";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { errorOf, until, within } from "../outcome.ts";
import type { Fact } from "./scene.ts";

/** For which the half minute that an end may take is over in a moment. */
const hurried: Clock = {
  ...systemClock,
  setTimer: (delayMs, fn, keepAlive) =>
    systemClock.setTimer(delayMs === 30_000 ? 150 : delayMs, fn, keepAlive),
};

export const endFacts: readonly Fact[] = [
  {
    name: "end of a client that never connected, and of an idle one",
    async check(scene) {
      await using unused = scene.client();
      await within(30_000, unused.client.end());
      await using idle = scene.client();
      await Promise.all(Array.from({ length: 4 }, () => idle.client.sleep(0.02)));
      await within(30_000, idle.client.end());
      await scene.sessions(0);
    },
  },
  {
    name: "end waits for the statements and transactions that run, and for those that wait",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 2 } });
      const { client } = scenery;
      const statements = Array.from({ length: 12 }, (_, n) => client.echo(n));
      const transactions = Array.from(
        { length: 4 },
        (_, n) =>
          client.transaction(async (statements) => {
            await statements.sleep(0.02);
            return await statements.echo(n);
          }),
      );
      // In the next turn all have asked for a connection.
      await new Promise((resolve) => setTimeout(resolve));
      await within(30_000, client.end());
      assert.deepEqual(await Promise.all(statements), Array.from({ length: 12 }, (_, n) => n));
      assert.deepEqual(await Promise.all(transactions), [0, 1, 2, 3]);
      await scene.sessions(0);
    },
  },
  {
    name: "end waits for a reserved connection until it is released",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 2 } });
      const reserved = await scenery.client.reserve();
      let over = false;
      const ended = scenery.client.end().then(() => over = true);
      assert.equal(await reserved.echo(1), 1);
      assert.equal(over, false);
      reserved.release();
      await within(30_000, ended);
      await scene.sessions(0);
    },
  },
  {
    name: "end does not wait for ever: what is reserved is closed at last",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 1, clock: hurried } });
      const reserved = await scenery.client.reserve();
      await reserved.echo(1);
      await within(30_000, scenery.client.end());
      assert.equal((await errorOf(reserved.echo(2))).possiblyExecuted, false);
      reserved.release();
      await scene.sessions(0);
    },
  },
  {
    name: "end does not wait for ever: what still runs is cut off, and what waits is refused",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 1, clock: hurried } });
      const { client } = scenery;
      const running = errorOf(client.sleep(30));
      await scene.running();
      const statement = errorOf(client.echo(1));
      const transaction = errorOf(client.transaction((statements) => statements.echo(1)));
      await within(30_000, client.end());
      const error = await within(30_000, running);
      assert.equal(error.possiblyExecuted, true);
      assert.ok(scene.subject.lostCodes.includes(error.code!), error.code);
      assert.equal((await within(30_000, statement)).code, "CLOSED");
      assert.equal((await within(30_000, transaction)).code, "CLOSED");
      // The server goes on sleeping for a client that is gone.
      await scene.server.kill(scene.username);
    },
  },
  {
    name: "end during a login waits for it while somebody else does",
    async check(scene) {
      await using proxy = await startTcpProxy(scene.server);
      proxy.blackhole();
      await using scenery = scene.client({ at: proxy });
      const { client } = scenery;
      const answer = client.echo(1);
      await until(() => proxy.connections === 1, "a login is under way");
      const ended = client.end();
      proxy.resume();
      assert.equal(await within(30_000, answer), 1);
      await within(30_000, ended);
    },
  },
  {
    name: "end during a login that comes to nothing ends with it",
    async check(scene) {
      await using proxy = await startTcpProxy(scene.server);
      proxy.blackhole();
      await using scenery = scene.client({
        at: proxy,
        options: { loginBudgetMs: 300, connectTimeoutMs: 100 },
      });
      const { client } = scenery;
      const lost = errorOf(client.echo(1));
      // For as long as the budget lasts, connect after connect.
      await until(() => client.rotation.stats().pool.opening === 1, "a login is under way");
      await within(30_000, client.end());
      assert.equal((await within(30_000, lost)).code, "LOGIN_BUDGET_EXHAUSTED");
    },
  },
  {
    name: "end twice is one end, and so is end during end",
    async check(scene) {
      await using scenery = scene.client();
      await scenery.client.echo(1);
      await within(30_000, Promise.all([scenery.client.end(), scenery.client.end()]));
      await within(30_000, scenery.client.end());
      await scene.sessions(0);
    },
  },
  {
    name: "after the end nothing is taken any more",
    async check(scene) {
      await using scenery = scene.client();
      const { client } = scenery;
      await client.echo(1);
      await client.end();
      const refused: Record<string, () => Promise<unknown>> = {
        statement: () => client.echo(1),
        text: () => client.session(),
        transaction: () => client.transaction((statements) => statements.echo(1)),
        reserve: () => client.reserve(),
      };
      for (const [name, use] of Object.entries(refused)) {
        assert.equal((await within(30_000, errorOf(use()), name)).code, "CLOSED", name);
      }
    },
  },
];
