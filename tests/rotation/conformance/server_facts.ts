/** Which server it is. */

import assert from "node:assert/strict";
import { pollUntil } from "../../servers/common/poll.ts";
import { type Fact, freshUser } from "./fact.ts";
import { adminSession, sessionOf } from "./session_facts.ts";

export const serverFacts: readonly Fact[] = [
  {
    name: "every user of a server sees the same identity, and another server has another",
    async check({ database }) {
      const user = freshUser();
      await database.createUser(user, "right");
      await using other = await database.another();
      const sessions = [
        await sessionOf(database, user, "right"),
        await adminSession(database),
        await adminSession(other),
      ];
      const [own, admins, others] = await Promise.all(sessions.map((each) => each.identify()));
      assert.deepEqual(own, admins);
      assert.notEqual(own!.instance, others!.instance);
      assert.equal(own!.standby, false);
      for (const session of sessions) await session.close();
    },
  },
  {
    name: "a server that has been started again is another instance",
    async check(house) {
      await using database = await house.database.another();
      const before = await adminSession(database);
      const { cluster, instance } = await before.identify();
      // Servers tell the second in which they were started, and two starts may fit into one.
      await pollUntil(30_000, async () => {
        await database.restart();
        const after = await adminSession(database);
        const identity = await after.identify();
        await after.close();
        assert.equal(identity.cluster, cluster);
        return identity.instance !== instance;
      }, () => "The server is the same instance after every start.");
      await assert.rejects(before.ping());
      await before.close();
    },
  },
];
