/** How many connections there are. */

import assert from "node:assert/strict";
import { eventsOf } from "../../end_to_end/events.ts";
import { errorOf, until, within } from "../outcome.ts";
import { Load } from "./load.ts";
import type { Fact, Scene } from "./scene.ts";

export const poolFacts: readonly Fact[] = [
  {
    name: "a crowd gets as many sessions as max allows, and not one more",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 3 } });
      const { client } = scenery;
      // Three are owned at once before anybody is answered: quick answers would need fewer.
      const owned = await within(30_000, Promise.all([1, 2, 3].map(() => client.reserve())));
      const crowd = Promise.all(Array.from({ length: 60 }, async (_, n) => {
        if (n % 4 > 0) return await client.countSessions();
        return await client.transaction((statements) => statements.countSessions());
      }));
      for (const reserved of owned) reserved.release();
      assert.equal(Math.max(...await within(30_000, crowd)), 3);
    },
  },
  {
    name: "while versions are adopted under load there is one session more, the probe's, at most",
    async check(scene) {
      const max = 3;
      await using scenery = scene.client({ options: { max } });
      const { client } = scenery;
      await client.echo(0);
      await using load = new Load(
        9,
        (n) =>
          n % 3 ? client.sleep(0.002) : client.transaction((statements) => statements.sleep(0.005)),
      );
      await using watch = new Watch(scene);
      for (let round = 2; round < 5; round++) {
        const login = scene.version(`v${round}`);
        scenery.source.stages = { ...scenery.source.stages, pending: login };
        await scene.accept(login);
        await scenery.push(login);
        await scenery.seen("drain-finished", round - 1);
        await load.progress(60);
      }
      await load.end();
      const most = await watch.end();
      assert.ok(most >= max && most <= max + 1, `${most} sessions`);
    },
  },
  {
    name: "a connection that is released twice is not taken from its next owner",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 1 } });
      const { client } = scenery;
      const first = await client.reserve();
      first.release();
      const second = await within(30_000, client.reserve());
      first.release();
      const other = client.echo(2);
      assert.equal(await second.echo(1), 1);
      assert.equal(client.rotation.stats().pool.reserved, 1);
      second.release();
      assert.equal(await within(30_000, other), 2);
    },
  },
  {
    name: "a connection that is released serves others, and no longer its former owner",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 1 } });
      const { client } = scenery;
      const reserved = await client.reserve();
      const waiting = client.echo(1);
      const last = reserved.echo(2);
      // In the next turn it is on its way, and still gets its answer.
      await new Promise((resolve) => setTimeout(resolve));
      reserved.release();
      assert.equal(await within(30_000, waiting), 1);
      assert.equal(await within(30_000, last), 2);
      const error = await errorOf(reserved.echo(3));
      assert.equal(error.possiblyExecuted, false);
      assert.equal(client.rotation.stats().pool.idle, 1);
    },
  },
  {
    name: "when the server has no room, statements wait for it",
    async check(scene) {
      await scene.server.limitSessions(scene.username, 1);
      await using holder = scene.client({ options: { max: 1 } });
      await holder.client.echo(1);
      let refusals = 0;
      // Drawn from after every login that found no room: how long the next one waits.
      const random = { next: () => (refusals++, 0.5) };
      await using scenery = scene.client({ options: { loginBudgetMs: 10_000, random } });
      let settled = false;
      const waiting = scenery.client.echo(2).finally(() => settled = true);
      await until(() => refusals >= 2, "the server is full");
      assert.equal(settled, false);
      await holder.client.end();
      assert.equal(await within(30_000, waiting), 2);
      // To be full is no rejection of the credential.
      assert.deepEqual(eventsOf(scenery.events, "login-rejected"), []);
    },
  },
];

/** Counts the sessions of the user that are there at three looks in a row: one that closes is not. */
class Watch implements AsyncDisposable {
  readonly #most: Promise<number>;
  #ended = false;

  constructor(scene: Scene) {
    this.#most = this.#look(scene);
  }

  /** The most that there were. */
  end(): Promise<number> {
    this.#ended = true;
    return this.#most;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #look({ server, username }: Scene): Promise<number> {
    let most = 0;
    let before = new Set<number>(), earlier = before;
    while (!this.#ended) {
      const ids = new Set((await server.sessions(username)).map(({ id }) => id));
      most = Math.max(most, ids.intersection(before).intersection(earlier).size);
      [before, earlier] = [ids, before];
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return most;
  }
}
