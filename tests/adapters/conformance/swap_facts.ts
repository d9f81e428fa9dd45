/** How a client goes over to a version that was pushed. */

import assert from "node:assert/strict";
import { eventsOf } from "../../end_to_end/events.ts";
import { within } from "../outcome.ts";
import { Load } from "./load.ts";
import type { Fact, SceneClient } from "./scene.ts";

/** What a swap is told as, in its order. */
function swapsOf({ events }: SceneClient): string[] {
  return events.map(({ type }) => type).filter((type) =>
    type.startsWith("swap-") || type === "login-rejected" || type === "drain-finished"
  );
}

export const swapFacts: readonly Fact[] = [
  {
    name:
      "a pushed version is probed first; then idle connections of the old one close, and busy " +
      "ones when they come back",
    async check(scene) {
      const twin = await scene.createTwin("v2");
      await using scenery = scene.client();
      const { client } = scenery;
      const reserved = await client.reserve();
      const before = await reserved.session();
      // Two more, which become idle.
      await Promise.all([client.sleep(0.01), client.sleep(0.01)]);
      const running = client.transaction(async (statements) => {
        await statements.sleep(0.05);
        return await statements.user();
      });
      await scene.sessions(3);

      await scenery.push(twin);
      await scenery.seen("swap-completed");
      // The transaction comes to its end where it was begun.
      assert.equal(await running, scene.username);
      await scene.sessions(1);
      assert.equal(await client.user(), twin.username);
      assert.equal(await reserved.user(), scene.username);
      assert.equal(await reserved.session(), before);
      reserved.release();
      await scene.sessions(0);
      await scenery.seen("drain-finished");
      assert.deepEqual(swapsOf(scenery), ["swap-started", "swap-completed", "drain-finished"]);
      assert.equal(await scene.server.failedLogins(scene.username), 0);
      await scenery.client.end();
      await scene.sessions(0, twin.username);
    },
  },
  {
    name: "a statement that is released in its middle comes to its end on an old connection, too",
    async check(scene) {
      const table = await scene.table();
      const twin = await scene.createTwin("v2");
      await using scenery = scene.client({ options: { max: 2 } });
      const { client } = scenery;
      const reserved = await client.reserve();
      let inserted: Promise<unknown>;
      {
        await using _ = await scene.server.lock(table);
        inserted = reserved.insert(table, 1);
        inserted.catch(() => {});
        await scene.running();
        await scenery.push(twin);
        await scenery.seen("swap-completed");
        reserved.release();
      }
      await within(30_000, inserted);
      assert.deepEqual(await scene.server.ids(table), [1]);
      await scene.sessions(0);
    },
  },
  {
    name: "a probe that is rejected leaves the old version and its connections as they are",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 2 } });
      const { client } = scenery;
      await Promise.all([client.sleep(0.01), client.sleep(0.01)]);
      await scene.sessions(2);
      const sessionIds = async () =>
        (await scene.server.sessions(scene.username)).map(({ id }) => id);
      const ids = await sessionIds();
      await scenery.push(scene.version("wrong"));
      await scenery.seen("swap-aborted");
      const [aborted] = eventsOf(scenery.events, "swap-aborted");
      assert.equal(aborted!.to, "wrong");
      assert.equal(aborted!.code, scene.subject.rejectedCode);
      // MySQL lists the session that it has refused for a moment.
      await scene.sessions(2);
      assert.deepEqual(await sessionIds(), ids);
      for (let n = 0; n < 5; n++) assert.ok(ids.includes(await client.session()));
      assert.equal(client.rotation.stats().pool.versionId, "v1");
      assert.equal(await scene.failedLogins(1), 1);
    },
  },
  {
    name: "a username that changes is followed, and the old user's sessions end",
    async check(scene) {
      const twin = await scene.createTwin("v2");
      await using scenery = scene.client();
      const { client } = scenery;
      assert.equal(await client.user(), scene.username);
      await scenery.push(twin);
      await scenery.seen("swap-completed");
      assert.equal(await client.user(), twin.username);
      await scene.sessions(0);
      // And back again.
      await scenery.push(scene.version("v3"));
      await scenery.seen("swap-aborted");
      assert.equal(await client.user(), twin.username);
      await scene.accept(scene.version("v4"));
      await scenery.push(scene.version("v4"));
      await scenery.seen("swap-completed", 2);
      assert.equal(await client.user(), scene.username);
      await scene.sessions(0, twin.username);
    },
  },
  {
    name: "a password that changes again and again under load fails no statement",
    async check(scene) {
      await using scenery = scene.client();
      const { client, source } = scenery;
      await client.echo(0);
      await using load = new Load(
        12,
        (n) => n % 2 ? client.echo(n) : client.transaction((statements) => statements.echo(n)),
      );
      for (let round = 2; round < 5; round++) {
        const login = scene.version(`v${round}`);
        // The rotator's order: pending, then the database, then the labels.
        source.stages = { ...source.stages, pending: login };
        await scene.accept(login);
        await load.progress(50);
        await scenery.push(login);
        await scenery.seen("swap-completed", round - 1);
        await load.progress(50);
      }
      await load.end();
      assert.equal(client.rotation.stats().pool.versionId, "v4");
      // The old password is found to be old once in each round, at most.
      assert.ok(await scene.server.failedLogins(scene.username) <= 3);
    },
  },
];
