/** How a replica differs from its primary. */

import assert from "node:assert/strict";
import { type Database, eventually, type Fact, outcomeOf } from "./subject.ts";

/** How the replica answers the old password and the new one. */
async function accepted(database: Database, user: string): Promise<string[]> {
  const outcomes: string[] = [];
  for (const password of ["old", "new"]) {
    outcomes.push(await outcomeOf(database, "replica", { username: user, password }));
  }
  return outcomes;
}

export const replicaFacts: readonly Fact[] = [
  {
    name: "a replica accepts the old password until it applies the change, and then the new one",
    async check(database, user) {
      await database.createUser(user, "old");
      await database.caughtUp();
      await database.pauseReplay();
      await database.setPassword(user, "new");
      assert.deepEqual(await accepted(database, user), ["accepted", "FATAL 28P01"]);
      assert.equal(
        await outcomeOf(database, "primary", { username: user, password: "new" }),
        "accepted",
      );
      await database.resumeReplay();
      await database.caughtUp();
      assert.deepEqual(await accepted(database, user), ["FATAL 28P01", "accepted"]);
    },
  },
  {
    name: "a replica that lags knows no new user yet, and less lag holds for what it has received",
    async check(database, user) {
      await database.setLag(60_000);
      await database.createUser(user, "old");
      const login = { username: user, password: "old" };
      assert.equal(await outcomeOf(database, "replica", login), "FATAL 28P01");
      await database.setLag(0);
      await eventually(
        database,
        "the replica knows the user",
        async () => await outcomeOf(database, "replica", login) === "accepted",
      );
    },
  },
  {
    name: "a replica refuses to write, and its session goes on",
    async check(database, user) {
      await database.createUser(user, "right");
      await database.caughtUp();
      const client = await database.login("replica", { username: user, password: "right" });
      const written = await client.execute({ id: `${user}1`, durationMs: 1, writes: true });
      assert.ok(!written.ok && !written.unsent);
      const { code, severity } = written.error as { code: string; severity: string };
      assert.deepEqual([code, severity], ["25006", "ERROR"]);
      assert.deepEqual(database.classify(written.error), {
        kind: "read-only",
        executed: "no",
        code,
      });
      assert.equal((await client.execute({ id: `${user}2`, durationMs: 1 })).ok, true);
      assert.equal(await database.executions(`${user}1`), 0);
      await client.close();
    },
  },
  {
    name: "a replica's session outlives a password change and a killing on the primary",
    async check(database, user) {
      await database.createUser(user, "old");
      await database.caughtUp();
      const client = await database.login("replica", { username: user, password: "old" });
      await database.setPassword(user, "new");
      await database.kill(user);
      await database.caughtUp();
      assert.equal((await client.execute({ id: `${user}1`, durationMs: 1 })).ok, true);
      await client.close();
    },
  },
  {
    name: "a replica cancels a statement that is in the way of recovery, and its session goes on",
    async check(database, user) {
      await database.createUser(user, "right");
      await database.caughtUp();
      const client = await database.login("replica", { username: user, password: "right" });
      const reading = client.execute({ id: `${user}1`, durationMs: 20_000 });
      await database.underWay("replica", user);
      await database.conflict();
      const outcome = await reading;
      assert.ok(!outcome.ok && !outcome.unsent);
      const { severity } = outcome.error as { severity: string };
      assert.equal(severity, "ERROR");
      const expected = { kind: "replica-lag", executed: "no", code: "40001" };
      assert.deepEqual(database.classify(outcome.error), expected);
      assert.equal((await client.execute({ id: `${user}2`, durationMs: 1 })).ok, true);
      await client.close();
    },
  },
  {
    name: "in a transaction that has failed, nothing is done until its end, which is a roll-back",
    async check(database, user) {
      await database.createUser(user, "right");
      await database.caughtUp();
      const client = await database.login("replica", { username: user, password: "right" });
      await client.begin();
      await client.execute({ id: `${user}1`, durationMs: 1, writes: true });
      const after = await client.execute({ id: `${user}2`, durationMs: 1 });
      assert.equal(!after.ok && database.classify(after.error).code, "25P02");
      assert.deepEqual(await client.commit(), { ok: true, value: "rollback" });
      assert.equal((await client.execute({ id: `${user}3`, durationMs: 1 })).ok, true);
      await client.close();
    },
  },
];
