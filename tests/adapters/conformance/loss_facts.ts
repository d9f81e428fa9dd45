/** Sessions that are killed: what becomes of statements and transactions. */

import assert from "node:assert/strict";
import { eventsOf } from "../../end_to_end/events.ts";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { errorOf, type StatementError, until, within } from "../outcome.ts";
import { Load } from "./load.ts";
import type { Fact } from "./scene.ts";
import type { Client } from "./subject.ts";

export const lossFacts: readonly Fact[] = [
  {
    name: "a statement on the wire of a killed session is rejected with the driver's code, may " +
      "have been executed, and is not sent again",
    async check(scene) {
      const table = await scene.table();
      await using scenery = scene.client({ options: { max: 1 } });
      const { client } = scenery;
      await client.echo(1);
      let lost: Promise<StatementError>;
      {
        await using _ = await scene.server.lock(table);
        lost = errorOf(client.insert(table, 1));
        await scene.running();
        await scene.server.kill(scene.username);
      }
      const error = await within(30_000, lost);
      assert.equal(error.possiblyExecuted, true);
      assert.ok(scene.subject.lostCodes.includes(error.code!), error.code);
      // The client goes on.
      assert.equal(await within(30_000, client.echo(2)), 2);
      assert.ok((await scene.server.ids(table)).length <= 1);
    },
  },
  {
    name: "idle sessions that are killed are replaced, and no statement notices",
    async check(scene) {
      await using scenery = scene.client();
      const { client } = scenery;
      for (let round = 0; round < 3; round++) {
        await Promise.all(Array.from({ length: 8 }, () => client.sleep(0.01)));
        const before = eventsOf(scenery.events, "connection-lost").length;
        await scenery.kill();
        assert.ok(eventsOf(scenery.events, "connection-lost").length > before);
        assert.equal(await within(30_000, client.echo(round)), round);
      }
    },
  },
  {
    name: "a loss is told once, also when the connection's owner lets go of it at once",
    async check(scene) {
      const table = await scene.table();
      await using proxy = await startTcpProxy(scene.server);
      await using scenery = scene.client({ at: proxy, options: { max: 1 } });
      const { client } = scenery;
      const reserved = await client.reserve();
      {
        await using _ = await scene.server.lock(table);
        const lost = errorOf(reserved.insert(table, 1)).finally(() => reserved.release());
        await scene.running();
        proxy.reset();
        await within(30_000, lost);
      }
      assert.equal(await within(30_000, client.echo(1)), 1);
      assert.equal(eventsOf(scenery.events, "connection-lost").length, 1);
    },
  },
  {
    name: "the statements of a lost transaction are sent nowhere",
    async check(scene) {
      const table = await scene.table();
      await using scenery = scene.client({ options: { max: 2 } });
      const { client } = scenery;
      const later: (boolean | undefined)[] = [];
      let calls = 0;
      const error = await errorOf(client.transaction(async (statements) => {
        calls++;
        await statements.insert(table, 1);
        await scenery.kill();
        // Another connection is there, and these must not get onto it.
        assert.equal(await client.echo(1), 1);
        for (let id = 2; id <= 4; id++) {
          later.push((await errorOf(statements.insert(table, id))).possiblyExecuted);
        }
      }));
      assert.ok(scene.subject.lostCodes.includes(error.code!), error.code);
      assert.equal(error.possiblyExecuted, false);
      assert.deepEqual(later, [false, false, false]);
      assert.equal(calls, 1);
      assert.equal(await client.echo(2), 2);
      assert.deepEqual(await scene.server.ids(table), []);
    },
  },
  {
    name: "the statements of a lost reserved connection are sent nowhere",
    async check(scene) {
      const table = await scene.table();
      await using scenery = scene.client({ options: { max: 2 } });
      const { client } = scenery;
      const reserved = await client.reserve();
      await reserved.insert(table, 1);
      await scenery.kill();
      for (let id = 2; id <= 3; id++) {
        const error = await errorOf(reserved.insert(table, id));
        assert.ok(scene.subject.lostCodes.includes(error.code!), error.code);
        assert.equal(error.possiblyExecuted, false);
      }
      reserved.release();
      assert.equal(await client.echo(1), 1);
      assert.deepEqual(await scene.server.ids(table), [1]);
    },
  },
  {
    name: "a transaction whose connection is lost before its BEGIN is answered begins on another",
    async check(scene) {
      const table = await scene.table();
      await using proxy = await startTcpProxy(scene.server);
      await using scenery = scene.client({ at: proxy, options: { max: 1 } });
      const { client } = scenery;
      await client.echo(1);
      let calls = 0;
      proxy.blackhole();
      const transaction = client.transaction(async (statements) => {
        calls++;
        await statements.insert(table, 1);
      });
      await until(() => client.rotation.stats().pool.reserved === 1, "BEGIN is sent");
      proxy.reset();
      proxy.resume();
      await within(30_000, transaction);
      assert.equal(calls, 1);
      assert.deepEqual(await scene.server.ids(table), [1]);
      await client.end();
    },
  },
  {
    name: "an error of the statement itself leaves the connection alone",
    async check(scene) {
      await using scenery = scene.client({ options: { max: 1 } });
      const { client } = scenery;
      const session = await client.session();
      const error = await errorOf(client.fail());
      assert.equal(error.possiblyExecuted, undefined);
      assert.ok(error.code !== undefined && !scene.subject.lostCodes.includes(error.code));
      assert.equal(await client.session(), session);
      const reserved = await client.reserve();
      assert.equal((await errorOf(reserved.fail())).code, error.code);
      assert.equal(await reserved.session(), session);
      reserved.release();
      assert.equal((await errorOf(client.transaction((s) => s.fail()))).code, error.code);
      assert.equal(await client.session(), session);
    },
  },
  {
    name: "under load and five kills no write is done twice, and none is lost in silence",
    async check(scene) {
      const table = await scene.table();
      await using scenery = scene.client();
      const { client } = scenery;
      const ledger = new Ledger();
      await using load = new Load(16, (n) => ledger.write(client, table, n % 3));
      for (let round = 0; round < 5; round++) {
        await load.progress(60);
        await scene.server.kill(scene.username);
      }
      await load.progress(60);
      await load.end();
      ledger.judge(await scene.server.ids(table));
    },
  },
];

/** What the app was told of its writes. */
class Ledger {
  readonly #told = new Map<number, "done" | "perhaps" | "not done">();

  /** Writes one row: by a text, by a prepared statement, or in a transaction. */
  async write(client: Client, table: string, way: number): Promise<void> {
    const id = this.#told.size;
    this.#told.set(id, "perhaps");
    try {
      await (way === 0
        ? client.insert(table, id)
        : way === 1
        ? client.insertPrepared(table, id)
        : client.transaction((statements) => statements.insert(table, id)));
      this.#told.set(id, "done");
    } catch (error) {
      const { possiblyExecuted, code } = error as StatementError;
      assert.equal(typeof possiblyExecuted, "boolean", `${code}: ${error}`);
      if (!possiblyExecuted) this.#told.set(id, "not done");
    }
  }

  judge(found: readonly number[]): void {
    const present = new Set(found);
    assert.equal(present.size, found.length, "a row is there twice");
    const ids = (told: string) => [...this.#told].filter(([, t]) => t === told).map(([id]) => id);
    assert.deepEqual(ids("done").filter((id) => !present.has(id)), []);
    assert.deepEqual(ids("not done").filter((id) => present.has(id)), []);
    assert.ok(found.every((id) => this.#told.has(id)));
    // The kills hit statements under way.
    assert.ok(ids("perhaps").length > 0);
  }
}
