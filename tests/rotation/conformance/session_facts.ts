/** What a session can do for its own user. */

import assert from "node:assert/strict";
import type { TargetSession } from "../../../core/rotation/mod.ts";
import { Secret } from "../../../core/secret.ts";
import { assertNoSecretIn } from "../../leaks.ts";
import { logIn, type TestDatabase } from "../databases/database.ts";
import { type Fact, freshUser } from "./fact.ts";

/** A session of the user, which must be let in. */
export async function sessionOf(
  database: TestDatabase,
  user: string,
  password: string,
): Promise<TargetSession> {
  const outcome = await logIn(database, user, new Secret(password));
  assert.ok(outcome.accepted, `${user} was refused`);
  return outcome.session;
}

/** A session of the superuser. */
export function adminSession(database: TestDatabase): Promise<TargetSession> {
  return sessionOf(database, database.superuser.user, database.superuser.password);
}

/** Texts that a statement could mistake for something else. */
const odd = [
  "it's",
  'say "x"',
  "back\\slash",
  "ends with a backslash\\",
  "\\' or 1=1 -- ",
  "per%cent _under `tick`",
  "tab\tand\nnewline",
  "zwölf Größen, 密码",
  "emoji 🔑",
  "? ?? :name $1 @x",
  "/* comment */ # and -- more",
];

export const sessionFacts: readonly Fact[] = [
  {
    name: "a refused credential is an outcome, and everything else is thrown",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "right");
      const refused = { accepted: false, code: database.refusal };
      assert.deepEqual(await logIn(database, user, new Secret("wrong")), refused);
      assert.deepEqual(await logIn(database, `${user}_no`, new Secret("right")), refused);
      const nowhere = { target: database.target, at: { host: "127.0.0.1", port: 1 } };
      await assert.rejects(logIn(nowhere, user, new Secret("right")), { code: "ECONNREFUSED" });
    },
  },
  {
    name: "a new password holds for logins from then on, and sessions go on",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "old");
      const [bystander, session] = [
        await sessionOf(database, user, "old"),
        await sessionOf(database, user, "old"),
      ];
      await session.setOwnPassword(user, new Secret("new"));
      assert.equal(await database.loginCode(database.at, user, "old"), database.refusal);
      assert.equal(await database.loginCode(database.at, user, "new"), "ok");
      for (const { ping, close } of [bystander, session]) {
        await ping();
        await close();
      }
    },
  },
  {
    name: "setting the same password again changes nothing for anybody",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "old");
      const session = await sessionOf(database, user, "old");
      for (let time = 1; time <= 3; time++) {
        await session.setOwnPassword(user, new Secret("new"));
        assert.equal(await database.loginCode(database.at, user, "new"), "ok");
      }
      await session.close();
    },
  },
  {
    name: "several sessions that set a password at the same time all succeed",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "old");
      const sessions = await Promise.all(
        Array.from({ length: 5 }, () => sessionOf(database, user, "old")),
      );
      await Promise.all(sessions.map((own) => own.setOwnPassword(user, new Secret("new"))));
      assert.equal(await database.loginCode(database.at, user, "new"), "ok");
      await Promise.all(sessions.map((session) => session.close()));
    },
  },
  {
    name: "a session changes nobody else's password",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "right");
      await database.createUser(`${user}_other`, "right");
      const session = await sessionOf(database, user, "right");
      for (const other of [`${user}_other`, `${user}_missing`]) {
        await assert.rejects(session.setOwnPassword(other, new Secret("taken-over")));
      }
      await session.close();
      for (const name of [user, `${user}_other`]) {
        assert.equal(await database.loginCode(database.at, name, "right"), "ok");
      }
    },
  },
  {
    name: "passwords may hold whatever they like",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "start");
      let current = "start";
      for (const password of odd) {
        const session = await sessionOf(database, user, current);
        await session.setOwnPassword(user, new Secret(password));
        await session.close();
        current = password;
        assert.equal(await database.loginCode(database.at, user, password), "ok", password);
      }
    },
  },
  {
    name: "usernames may hold whatever they like",
    async check({ database }) {
      const admin = await adminSession(database);
      for (const [index, text] of odd.entries()) {
        // MySQL keeps names in three bytes a character.
        const user = `${index} ${text.replace("🔑", "").slice(0, 20)}`.trimEnd();
        await database.createUser(user, "right");
        const session = await sessionOf(database, user, "right");
        await session.setOwnPassword(user, new Secret("new"));
        await session.close();
        await admin.provisionTwin(user, `${user}_clone`, new Secret("twin"));
        assert.equal(await database.loginCode(database.at, user, "new"), "ok", user);
        assert.equal(await database.loginCode(database.at, `${user}_clone`, "twin"), "ok", user);
      }
      await admin.close();
    },
  },
  {
    name: "closing may be repeated, and a closed session does nothing",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "right");
      const session = await sessionOf(database, user, "right");
      await Promise.all([session.close(), session.close()]);
      await session.close();
      await assert.rejects(session.ping());
      await assert.rejects(session.setOwnPassword(user, new Secret("too late")));
      assert.equal(await database.loginCode(database.at, user, "right"), "ok");
    },
  },
  {
    name: "the error of a refused statement shows neither password nor hash",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "right");
      const session = await sessionOf(database, user, "right");
      const password = new Secret("never-to-be-seen");
      const attempts = [
        () => session.provisionTwin(user, `${user}_clone`, password),
        () => session.setOwnPassword(`${user}_missing`, password),
      ];
      for (const attempt of attempts) {
        const error = await attempt().then(() => undefined, (error) => error);
        assert.ok(error instanceof Error);
        assertNoSecretIn(error, ["never-to-be-seen", "SCRAM-SHA-256$", "$A$005$"]);
        assert.doesNotMatch(Deno.inspect(error), /\*[0-9A-F]{40}/);
      }
      await session.close();
    },
  },
];
