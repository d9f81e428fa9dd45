/** Who is let in, and what the others are told. */

import assert from "node:assert/strict";
import { type Client, eventually, type Fact, outcomeOf } from "./subject.ts";

export const loginFacts: readonly Fact[] = [
  {
    name: "a user with its password is let in, and nobody else",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right" };
      assert.equal(await outcomeOf(database, "primary", login), "accepted");
      const refused = [
        { ...login, password: "wrong" },
        { ...login, username: `${user}_unknown` },
        { ...login, username: `${user}_unknown`, database: "missing" },
        { ...login, password: "wrong", database: "missing" },
      ];
      for (const each of refused) {
        assert.equal(await outcomeOf(database, "primary", each), "FATAL 28P01");
      }
    },
  },
  {
    name: "a database that does not exist is told to those who have a password",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right", database: "missing" };
      assert.equal(await outcomeOf(database, "primary", login), "FATAL 3D000");
    },
  },
  {
    name: "a user that may not log in is told so after its password, and before anything else",
    async check(database, user) {
      await database.createUser(user, "right", { canLogin: false });
      const login = { username: user, password: "right" };
      assert.equal(await outcomeOf(database, "primary", login), "FATAL 28000");
      const elsewhere = { ...login, database: "missing" };
      assert.equal(await outcomeOf(database, "primary", elsewhere), "FATAL 28000");
      const wrong = { ...login, password: "wrong" };
      assert.equal(await outcomeOf(database, "primary", wrong), "FATAL 28P01");
    },
  },
  {
    name: "a user that may not connect is told so last",
    async check(database, user) {
      await database.createUser(user, "right", { canConnect: false });
      const login = { username: user, password: "right" };
      assert.equal(await outcomeOf(database, "primary", login), "FATAL 42501");
      const wrong = { ...login, password: "wrong" };
      assert.equal(await outcomeOf(database, "primary", wrong), "FATAL 28P01");
      const elsewhere = { ...login, database: "missing" };
      assert.equal(await outcomeOf(database, "primary", elsewhere), "FATAL 3D000");
    },
  },
  {
    name: "what a refused login means",
    async check(database, user) {
      await database.createUser(user, "right", { canLogin: false });
      const kinds: string[] = [];
      for (const password of ["right", "wrong"]) {
        const error = await database.login("primary", { username: user, password })
          .then(() => assert.fail("let in"), (error) => error);
        const { kind, executed } = database.classify(error);
        kinds.push(`${kind} ${executed}`);
      }
      assert.deepEqual(kinds, ["auth no", "auth no"]);
    },
  },
  {
    name: "a full server has no session for a right password, and lets the next in when one ends",
    async check(database, user) {
      await database.createUser(user, "right");
      const login = { username: user, password: "right" };
      const clients: Client[] = [];
      let refusal: unknown;
      while (refusal === undefined && clients.length < 20) {
        await database.login("primary", login)
          .then((client) => clients.push(client), (error) => refusal = error);
      }
      assert.ok(clients.length > 2 && clients.length <= 12, `${clients.length} sessions`);
      const { code, severity } = refusal as { code: string; severity: string };
      assert.deepEqual([code, severity], ["53300", "FATAL"]);
      assert.equal(database.classify(refusal).kind, "busy");
      const wrong = { ...login, password: "wrong" };
      assert.equal(await outcomeOf(database, "primary", wrong), "FATAL 28P01");

      await clients.pop()!.close();
      await eventually(
        database,
        "a session is free",
        async () => await outcomeOf(database, "primary", login) === "accepted",
      );
      for (const client of clients) await client.close();
    },
  },
  {
    name:
      "after a password change the old one is refused, the new one accepted, and sessions go on",
    async check(database, user) {
      await database.createUser(user, "old");
      const client = await database.login("primary", { username: user, password: "old" });
      await database.setPassword(user, "new");

      const outcome = (password: string) =>
        outcomeOf(database, "primary", { username: user, password });
      assert.equal(await outcome("old"), "FATAL 28P01");
      assert.equal(await outcome("new"), "accepted");
      const answered = await client.execute({ id: `${user}1`, durationMs: 1, writes: true });
      assert.equal(answered.ok, true);
      assert.equal(await database.executions(`${user}1`), 1);
      await client.close();
    },
  },
];
