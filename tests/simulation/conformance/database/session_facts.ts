/** What becomes of sessions and of their statements. */

import assert from "node:assert/strict";
import type { StatementOutcome } from "../../../../adapters/testing/simulation/database/mod.ts";
import { type Database, eventually, type Fact, outcomeOf } from "./subject.ts";

/** How a statement ended, as a client sees it. */
function seen(database: Database, outcome: StatementOutcome): string {
  if (outcome.ok) return "ok";
  const { kind, executed } = database.classify(outcome.error);
  return outcome.unsent ? "unsent" : `${kind} ${executed}`;
}

export const sessionFacts: readonly Fact[] = [
  {
    name: "statements take effect once, in the order in which they were sent",
    async check(database, user) {
      await database.createUser(user, "right");
      const client = await database.login("primary", { username: user, password: "right" });
      const order: string[] = [];
      const ids = ["a", "b", "c"].map((letter) => `${user}${letter}`);
      await Promise.all(ids.map(async (id, index) => {
        const outcome = await client.execute({ id, durationMs: 30 - 10 * index, writes: true });
        order.push(seen(database, outcome) + id);
      }));
      assert.deepEqual(order, ids.map((id) => `ok${id}`));
      for (const id of ids) assert.equal(await database.executions(id), 1);
      await client.close();
    },
  },
  {
    name: "a killed session was told 57P01, and the next login works",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right" };
      const client = await database.login("primary", login);
      const before = await database.toldTerminated();
      await database.kill(user);
      await client.ended;
      assert.equal(await database.toldTerminated(), before + 1);
      const late = await client.execute({ id: `${user}1`, durationMs: 1, writes: true });
      assert.equal(seen(database, late), "unsent");
      assert.equal(await outcomeOf(database, "primary", login), "accepted");
      assert.equal(await database.executions(`${user}1`), 0);
      await client.close();
    },
  },
  {
    name: "a statement under way when its session is killed may have run, one unsent has not",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right", maxPipelined: 1 };
      const client = await database.login("primary", login);
      const sent = client.execute({ id: `${user}1`, durationMs: 5_000, writes: true });
      const unsent = client.execute({ id: `${user}2`, durationMs: 1, writes: true });
      await database.underWay("primary", user);
      await database.kill(user);
      assert.equal(seen(database, await sent), "connection maybe");
      assert.equal(seen(database, await unsent), "unsent");
      assert.equal(await database.executions(`${user}1`), 0);
      assert.equal(await database.executions(`${user}2`), 0);
      await client.close();
    },
  },
  {
    name: "a transaction takes effect on commit, and not at all when its session is killed",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right" };
      const client = await database.login("primary", login);
      const committed = { id: `${user}1`, durationMs: 1, writes: true };
      await client.begin();
      assert.equal(seen(database, await client.execute(committed)), "ok");
      assert.equal(await database.executions(committed.id), 0);
      assert.deepEqual(await client.commit(), { ok: true, value: "commit" });
      assert.equal(await database.executions(committed.id), 1);

      const killed = { id: `${user}2`, durationMs: 1, writes: true };
      await client.begin();
      assert.equal(seen(database, await client.execute(killed)), "ok");
      await database.kill(user);
      await client.ended;
      assert.equal(await database.executions(killed.id), 0);
      await client.close();
    },
  },
  {
    name: "a transaction that is rolled back, or left by its client, has no effect",
    async check(database, user) {
      await database.createUser(user, "right");
      const client = await database.login("primary", { username: user, password: "right" });
      await client.begin();
      await client.execute({ id: `${user}1`, durationMs: 1, writes: true });
      assert.deepEqual(await client.rollback(), { ok: true, value: "rollback" });
      await client.begin();
      await client.execute({ id: `${user}2`, durationMs: 1, writes: true });
      await client.close();
      await eventually(
        database,
        "the session is gone",
        async () => await database.sessions("primary", user) === 0,
      );
      assert.equal(await database.executions(`${user}1`), 0);
      assert.equal(await database.executions(`${user}2`), 0);
    },
  },
  {
    name: "a crash ends all sessions; logins are refused until the server is back",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right" };
      const client = await database.login("primary", login);
      const told = await database.toldTerminated();
      const done = { id: `${user}1`, durationMs: 1, writes: true };
      assert.equal(seen(database, await client.execute(done)), "ok");
      const lost = client.execute({ id: `${user}2`, durationMs: 5_000, writes: true });
      await database.underWay("primary", user);
      await database.crash();
      assert.equal(seen(database, await lost), "connection maybe");
      assert.equal(await outcomeOf(database, "primary", login), "ECONNREFUSED");

      const back = database.comeBack();
      const met = new Set<string>();
      await eventually(database, "the server is back", async () => {
        const outcome = await outcomeOf(database, "primary", login);
        met.add(outcome);
        return outcome === "accepted";
      });
      await back;
      // The last two when the connection is met by a server that is only just opening its port.
      const legal = ["accepted", "FATAL 57P03", "ECONNREFUSED", "ECONNRESET", "CONNECTION_CLOSED"];
      for (const outcome of legal) met.delete(outcome);
      assert.deepEqual([...met], []);
      assert.equal(await database.executions(done.id), 1);
      assert.equal(await database.executions(`${user}2`), 0);
      assert.equal(await database.toldTerminated(), told);
      await client.close();
    },
  },
];
