/** What MySQL and MariaDB do, and PostgreSQL does not. */

import assert from "node:assert/strict";
import type { TargetSession } from "../../../../core/rotation/ports.ts";
import { Secret } from "../../../../core/secret.ts";
import type { Habit, Habitual } from "./subject.ts";

/** How a series of logins ends. */
async function outcomes(server: Habitual, user: string, ...passwords: string[]): Promise<string[]> {
  const all: string[] = [];
  for (const password of passwords) all.push(await server.login(user, password));
  return all;
}

async function sessionOf(
  server: Habitual,
  username: string,
  password: string,
): Promise<TargetSession> {
  const login = { ...server.address, username, password: new Secret(password) };
  const outcome = await server.target.login(login);
  assert.ok(outcome.accepted);
  return outcome.session;
}

const secret = (value: string) => new Secret(value);

export const habits: readonly Habit[] = [
  {
    name: "a login that succeeds begins the count of failed ones anew",
    of: ["mysql", "mariadb"],
    async check(server, user) {
      await server.createUser(user, "right");
      assert.deepEqual(
        await outcomes(server, user, "no", "no", "right", "no", "no", "right"),
        ["auth", "auth", "accepted", "auth", "auth", "accepted"],
      );
    },
  },
  {
    name: "the third failed login in a row says that the user is locked, and so do all after it",
    of: ["mysql"],
    async check(server, user) {
      await server.createUser(user, "right");
      assert.deepEqual(
        await outcomes(server, user, "no", "no", "no", "right", "no"),
        ["auth", "auth", "locked", "locked", "locked"],
      );
    },
  },
  {
    name: "another password does not unlock a user",
    of: ["mysql"],
    async check(server, user) {
      await server.createUser(user, "right");
      await outcomes(server, user, "no", "no", "no");
      await server.setPassword(user, "new");
      assert.equal(await server.login(user, "new"), "locked");
    },
  },
  {
    name: "after three failed logins in a row every further one says that the user is blocked",
    of: ["mariadb"],
    async check(server, user) {
      await server.createUser(user, "right");
      assert.deepEqual(
        await outcomes(server, user, "no", "no", "no", "right", "no"),
        ["auth", "auth", "auth", "locked", "locked"],
      );
    },
  },
  {
    name: "another password unblocks a user",
    of: ["mariadb"],
    async check(server, user) {
      await server.createUser(user, "right");
      await outcomes(server, user, "no", "no", "no");
      await server.setPassword(user, "new");
      assert.equal(await server.login(user, "new"), "accepted");
    },
  },
  {
    name: "flushed privileges let everybody in again, and nobody counts a user that does not exist",
    of: ["mysql", "mariadb"],
    async check(server, user) {
      await server.createUser(user, "right");
      await outcomes(server, user, "no", "no", "no");
      assert.equal(await server.login(user, "right"), "locked");
      await server.flushPrivileges();
      assert.equal(await server.login(user, "right"), "accepted");
      const nobody = await outcomes(server, `${user}none`, "no", "no", "no", "no");
      assert.deepEqual(nobody, ["auth", "auth", "auth", "auth"]);
    },
  },
  {
    name:
      "a second password lets in, begins the count anew, and stays when the primary one changes",
    of: ["mysql"],
    async check(server, user) {
      await server.createUser(user, "a");
      const session = await sessionOf(server, user, "a");
      await session.retainOwnPassword!(user, secret("a"), secret("b"));
      assert.deepEqual(
        await outcomes(server, user, "b", "no", "no", "a", "no", "no", "a"),
        ["accepted", "auth", "auth", "accepted", "auth", "auth", "accepted"],
      );
      await session.setOwnPassword(user, secret("c"));
      const changed = await outcomes(server, user, "c", "b", "a");
      assert.deepEqual(changed, ["accepted", "auth", "accepted"]);
      await session.close();
    },
  },
  {
    name: "to retain the primary password drops the second one",
    of: ["mysql"],
    async check(server, user) {
      await server.createUser(user, "a");
      const session = await sessionOf(server, user, "a");
      await session.retainOwnPassword!(user, secret("a"), secret("b"));
      await session.retainOwnPassword!(user, secret("b"), secret("c"));
      const retained = await outcomes(server, user, "c", "b", "a");
      assert.deepEqual(retained, ["accepted", "accepted", "auth"]);
      await session.close();
    },
  },
  {
    name:
      "the second password is no primary one: it cannot be retained, and that is no failed login",
    of: ["mysql"],
    async check(server, user) {
      await server.createUser(user, "a");
      const session = await sessionOf(server, user, "a");
      await session.retainOwnPassword!(user, secret("a"), secret("b"));
      for (let times = 0; times < 4; times++) {
        await assert.rejects(session.retainOwnPassword!(user, secret("a"), secret("c")));
        await assert.rejects(session.discardOldPassword!(user, secret("a")));
      }
      assert.deepEqual(await outcomes(server, user, "b", "a"), ["accepted", "accepted"]);
      await session.close();
    },
  },
  {
    name: "the old password is discarded, once or twice",
    of: ["mysql"],
    async check(server, user) {
      await server.createUser(user, "a");
      const session = await sessionOf(server, user, "a");
      await session.retainOwnPassword!(user, secret("a"), secret("b"));
      await session.discardOldPassword!(user, secret("b"));
      await session.discardOldPassword!(user, secret("b"));
      assert.deepEqual(await outcomes(server, user, "b", "a"), ["accepted", "auth"]);
      await session.close();
    },
  },
  {
    name: "a session offers no second password",
    of: ["mariadb"],
    async check(server, user) {
      await server.createUser(user, "a");
      const session = await sessionOf(server, user, "a");
      assert.equal(session.retainOwnPassword, undefined);
      assert.equal(session.discardOldPassword, undefined);
      await session.close();
    },
  },
];
