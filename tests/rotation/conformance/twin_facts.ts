/** What an administrator's session does for twins. */

import assert from "node:assert/strict";
import { Secret } from "../../../core/secret.ts";
import type { App, House } from "../fixture.ts";
import { adminSession, sessionOf } from "./session_facts.ts";
import { type Fact, freshUser } from "./fact.ts";

const mismatch = { code: "ROTATION_MISMATCH" };

/** Makes the twin, or brings it in line, and asserts that it is an equal. */
async function provision(app: App<unknown>, password: string): Promise<void> {
  const before = await app.database.rights(app.user);
  const admin = await adminSession(app.database);
  await admin.provisionTwin(app.user, app.twin, new Secret(password));
  await admin.close();
  assert.deepEqual(await app.database.rights(app.twin), before);
  assert.deepEqual(await app.database.rights(app.user), before);
  assert.equal(await login(app, password), "ok");
}

function login({ database, twin }: App<unknown>, password: string): Promise<string> {
  return database.loginCode(database.at, twin, password);
}

export const twinFacts: readonly Fact[] = [
  {
    name: "a twin has the rights of its original, and gets another password each time",
    async check(house) {
      await using app = await house.app();
      const verifier = await app.verifier(app.user);
      await provision(app, "first");
      await provision(app, "second");
      assert.equal(await login(app, "first"), house.database.refusal);
      assert.equal(await app.verifier(app.user), verifier);
      assert.equal(await app.login("current"), "ok");
    },
  },
  {
    name: "what is granted or taken away later is granted to or taken from the twin",
    async check(house) {
      await using app = await house.app();
      await provision(app, "first");
      await house.database.grantMore(app.user);
      await provision(app, "second");
      await house.database.takeAway(app.user);
      await provision(app, "third");
    },
  },
  {
    name: "what the twin has too much is taken away, and what it lacks comes back",
    async check(house) {
      await using app = await house.app();
      await provision(app, "first");
      await house.database.grantMore(app.twin);
      await provision(app, "second");
      await house.database.takeAway(app.twin);
      await provision(app, "third");
    },
  },
  {
    name: "a user with no rights at all has a twin with none",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "right");
      const admin = await adminSession(database);
      await admin.provisionTwin(user, `${user}_clone`, new Secret("twin"));
      await admin.close();
      assert.deepEqual(await database.rights(`${user}_clone`), await database.rights(user));
      assert.equal(await database.loginCode(database.at, `${user}_clone`, "twin"), "ok");
    },
  },
  {
    name: "sessions of both go on while the twin is brought in line",
    async check(house) {
      await using app = await house.app();
      await provision(app, "first");
      const sessions = [
        await sessionOf(house.database, app.user, app.passwords[0]!),
        await sessionOf(house.database, app.twin, "first"),
      ];
      await provision(app, "second");
      for (const { ping, close } of sessions) {
        await ping();
        await close();
      }
    },
  },
  {
    name: "several sessions that make the same twin at the same time all succeed",
    async check(house) {
      await using app = await house.app();
      const admins = await Promise.all(
        Array.from({ length: 4 }, () => adminSession(house.database)),
      );
      await Promise.all(
        admins.map((admin) => admin.provisionTwin(app.user, app.twin, new Secret("twin"))),
      );
      await Promise.all(admins.map((admin) => admin.close()));
      assert.deepEqual(
        await house.database.rights(app.twin),
        await house.database.rights(app.user),
      );
      assert.equal(await login(app, "twin"), "ok");
    },
  },
  {
    name: "a user that does not exist has no twin",
    async check({ database }) {
      const user = freshUser();
      const admin = await adminSession(database);
      await assert.rejects(admin.provisionTwin(user, `${user}_clone`, new Secret("x")), mismatch);
      await admin.close();
      assert.equal(await database.verifier(`${user}_clone`), undefined);
    },
  },
  {
    name: "an administrator has no twin and is nobody's",
    async check(house) {
      await using app = await house.app();
      const { database } = house;
      const [admin, other] = [await adminSession(database), `${app.user}_admin`];
      await database.createUser(other, "right");
      await database.makeAdministrator(other);
      const password = new Secret("taken-over");
      await assert.rejects(admin.provisionTwin(other, app.twin, password), mismatch);
      await assert.rejects(admin.provisionTwin(app.user, other, password), mismatch);
      const { user } = database.superuser;
      await assert.rejects(admin.provisionTwin(user, app.twin, password), mismatch);
      await assert.rejects(admin.provisionTwin(app.user, user, password), mismatch);
      await admin.close();
      assert.equal(await database.verifier(app.twin), undefined);
      for (const [name, right] of [[other, "right"], [user, database.superuser.password]]) {
        assert.equal(await database.loginCode(database.at, name!, right!), "ok");
      }
    },
  },
  {
    name: "an app's own user makes no twin",
    async check(house) {
      await using app = await house.app();
      const session = await sessionOf(house.database, app.user, app.passwords[0]!);
      await assert.rejects(session.provisionTwin(app.user, app.twin, new Secret("x")));
      await session.close();
      await noTwin(house, app);
    },
  },
];

async function noTwin({ database }: House<unknown>, app: App<unknown>): Promise<void> {
  assert.equal(await database.verifier(app.twin), undefined);
}
