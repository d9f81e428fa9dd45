/** What the rotator can do, and what it is refused. */

import assert from "node:assert/strict";
import type { TargetSession } from "../../../../core/rotation/ports.ts";
import { Secret } from "../../../../core/secret.ts";
import { type Database, eventually, type Fact, outcomeOf, type Place } from "./subject.ts";

/** A session of the rotator. */
async function sessionOf(
  database: Database,
  username: string,
  place: Place = "primary",
): Promise<TargetSession> {
  const login = { ...database.address(place), username, password: new Secret("right") };
  const outcome = await database.target.login(login);
  assert.ok(outcome.accepted);
  return outcome.session;
}

const fresh = new Secret("new");

export const targetFacts: readonly Fact[] = [
  {
    name: "the rotator is told of a refused credential, and everything else is thrown",
    async check(database, user) {
      await database.createUser(user, "right", { canConnect: false });
      const login = { ...database.address("primary"), username: user, password: fresh };
      assert.deepEqual(await database.target.login(login), { accepted: false, code: "28P01" });
      const right = { ...login, password: new Secret("right") };
      await assert.rejects(database.target.login(right), { code: "42501" });
    },
  },
  {
    name: "the rotator replaces the own password of its user, and of nobody else",
    async check(database, user) {
      await database.createUser(user, "right");
      await database.createUser(`${user}other`, "right");
      const session = await sessionOf(database, user);
      const other = session.setOwnPassword(`${user}other`, fresh);
      await assert.rejects(other, { code: "42501" });
      await assert.rejects(session.setOwnPassword(`${user}missing`, fresh), { code: "42704" });
      await session.setOwnPassword(user, fresh);
      await session.ping();
      await session.close();
      const outcomes: string[] = [];
      for (const password of ["right", "new"]) {
        outcomes.push(await outcomeOf(database, "primary", { username: user, password }));
      }
      assert.deepEqual(outcomes, ["FATAL 28P01", "accepted"]);
    },
  },
  {
    name: "a twin is made by an administrator alone, and has the rights of its original",
    async check(database, user) {
      const twin = `${user}twin`;
      await database.createUser(user, "right");
      await database.createUser(`${user}admin`, "right", { admin: true });
      const own = await sessionOf(database, user);
      await assert.rejects(own.provisionTwin(user, twin, fresh), { code: "42501" });
      await own.close();

      const admin = await sessionOf(database, `${user}admin`);
      const missing = admin.provisionTwin(`${user}missing`, twin, fresh);
      await assert.rejects(missing, { code: "ROTATION_MISMATCH" });
      const login = { username: twin, password: "new" };
      assert.equal(await outcomeOf(database, "primary", login), "FATAL 28P01");
      await admin.provisionTwin(user, twin, fresh);
      assert.equal(await outcomeOf(database, "primary", login), "accepted");
      await admin.provisionTwin(user, twin, new Secret("newer"));
      assert.equal(await outcomeOf(database, "primary", login), "FATAL 28P01");
      const newer = { username: twin, password: "newer" };
      assert.equal(await outcomeOf(database, "primary", newer), "accepted");
      await admin.close();
    },
  },
  {
    name: "an administrator has no twin and is nobody's",
    async check(database, user) {
      await database.createUser(user, "right");
      await database.createUser(`${user}admin`, "right", { admin: true });
      const admin = await sessionOf(database, `${user}admin`);
      const mismatch = { code: "ROTATION_MISMATCH" };
      const ofAdmin = admin.provisionTwin(`${user}admin`, `${user}twin`, fresh);
      await assert.rejects(ofAdmin, mismatch);
      await assert.rejects(admin.provisionTwin(user, `${user}admin`, fresh), mismatch);
      await admin.setOwnPassword(user, fresh);
      await admin.close();
      const login = { username: user, password: "new" };
      assert.equal(await outcomeOf(database, "primary", login), "accepted");
    },
  },
  {
    name: "a replica is another instance of the same cluster, and changes no password",
    async check(database, user) {
      await database.createUser(user, "right");
      await database.caughtUp();
      const primary = await sessionOf(database, user);
      const replica = await sessionOf(database, user, "replica");
      const [first, second] = [await primary.identify(), await replica.identify()];
      assert.equal(first.cluster, second.cluster);
      assert.notEqual(first.instance, second.instance);
      assert.deepEqual([first.standby, second.standby], [false, true]);
      await assert.rejects(replica.setOwnPassword(user, fresh), { code: "25006" });
      await assert.rejects(replica.setOwnPassword(`${user}missing`, fresh), { code: "25006" });
      await assert.rejects(replica.provisionTwin(user, `${user}twin`, fresh), { code: "25006" });
      const missing = replica.provisionTwin(`${user}missing`, `${user}twin`, fresh);
      await assert.rejects(missing, { code: "ROTATION_MISMATCH" });
      for (const session of [primary, replica]) await session.close();
    },
  },
  {
    name: "a server that has been started again is another instance",
    async check(database, user) {
      await database.createUser(user, "right", { admin: true });
      const before = await sessionOf(database, user);
      const { cluster, instance } = await before.identify();
      await database.crash();
      const back = database.comeBack();
      await eventually(
        database,
        "the server is back",
        async () =>
          await outcomeOf(database, "primary", { username: user, password: "right" }) ===
            "accepted",
      );
      await back;
      await assert.rejects(before.ping());
      await before.close();
      const after = await sessionOf(database, user);
      const identity = await after.identify();
      assert.equal(identity.cluster, cluster);
      assert.notEqual(identity.instance, instance);
      await after.close();
    },
  },
];
