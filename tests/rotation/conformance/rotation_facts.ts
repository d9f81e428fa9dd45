/** Whole rotations. */

import assert from "node:assert/strict";
import {
  alternatingUsers,
  discardOldPassword,
  dualPassword,
  rotate,
  rotationHandler,
  singleUser,
} from "../../../core/rotation/mod.ts";
import type { Fact } from "./fact.ts";
import { strategiesOf } from "./strategies.ts";

export const rotationFacts: readonly Fact[] = [
  {
    name: "single user: a rotation replaces the password, three times in a row",
    async check(house) {
      await using app = await house.app();
      for (let round = 1; round <= 3; round++) {
        const versionId = await app.rotateByStore(app.options(singleUser()));
        assert.deepEqual((await app.labels())[versionId], ["AWSCURRENT"]);
        assert.equal((await app.payload("current"))!.username, app.user);
        assert.equal(await app.login("current"), "ok");
        assert.equal(await app.login("previous"), house.database.refusal);
      }
    },
  },
  {
    name: "alternating users take turns, and the old credential goes on working",
    async check(house) {
      await using app = await house.app();
      const users: string[] = [];
      for (let round = 1; round <= 3; round++) {
        const { username } = (await app.payload("current"))!;
        const verifier = await app.verifier(username);
        const before = await house.database.rights(username);
        await app.rotateByStore(app.options(alternatingUsers()));
        users.push((await app.payload("current"))!.username);
        assert.equal(await app.login("current"), "ok");
        assert.equal(await app.login("previous"), "ok");
        assert.equal(await app.verifier(username), verifier);
        assert.deepEqual(await house.database.rights(users.at(-1)!), before);
      }
      assert.deepEqual(users, [app.twin, app.user, app.twin]);
    },
  },
  {
    name: "dual password: the old credential goes on working, or nothing is changed at all",
    async check(house, { hasSecondPasswords }) {
      await using app = await house.app();
      if (!hasSecondPasswords) {
        const verifier = await app.verifier(app.user);
        const refused = { code: "ROTATION_UNSUPPORTED", message: /one password for each user/ };
        await assert.rejects(rotate(app.secretId, app.options(dualPassword())), refused);
        const [pending] = Object.entries(await app.labels())
          .filter(([, labels]) => labels.includes("AWSPENDING"));
        await app.store.clearPending(app.secretId, pending![0]);
        await assert.rejects(discardOldPassword(app.secretId, app), refused);
        assert.equal(await app.verifier(app.user), verifier);
        assert.equal(await app.login("current"), "ok");
        return;
      }
      for (let round = 1; round <= 3; round++) {
        await app.rotateByStore(app.options(dualPassword()));
        assert.equal((await app.payload("current"))!.username, app.user);
        assert.equal(await app.login("current"), "ok");
        assert.equal(await app.login("previous"), "ok");
      }
      await discardOldPassword(app.secretId, app);
      assert.equal(await app.login("current"), "ok");
      assert.equal(await app.login("previous"), house.database.refusal);
    },
  },
  {
    name: "a set step that is repeated finds its work done, and does nothing",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        await using app = await house.app();
        const handler = rotationHandler(app.options(strategy));
        const token = await app.stage();
        const step = (Step: string) =>
          handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
        await step("createSecret");
        await step("setSecret");
        const { username } = (await app.payload("pending"))!;
        // It has another salt whenever it is set.
        const verifier = await app.verifier(username);
        await step("setSecret");
        assert.equal(await app.verifier(username), verifier);
        assert.equal(await app.login("pending"), "ok");
      }
    },
  },
  {
    name: "a rotation that was abandoned after any step is finished by the next one",
    async check(house, kind) {
      const steps = ["createSecret", "setSecret", "testSecret"];
      for (const strategy of strategiesOf(kind)) {
        for (let done = 1; done <= steps.length; done++) {
          await using app = await house.app();
          const token = await app.stage();
          const handler = rotationHandler(app.options(strategy));
          for (const Step of steps.slice(0, done)) {
            await handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
          }
          assert.deepEqual(await rotate(app.secretId, app.options(strategy)), {
            versionId: token,
            resumed: true,
          });
          assert.equal(await app.login("current"), "ok");
        }
      }
    },
  },
  {
    name: "a password that was rolled back to the previous one is mended by the next rotation",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        if (strategy.name === "alternating-users") continue;
        await using app = await house.app();
        await rotate(app.secretId, app.options(singleUser()));
        await house.database.setPassword(app.user, app.passwords[0]!);
        assert.equal(await app.login("current"), house.database.refusal);
        await rotate(app.secretId, app.options(strategy));
        assert.equal(await app.login("current"), "ok");
      }
    },
  },
  {
    name: "several invocations of every step at the same time all end well",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        await using app = await house.app();
        const token = await app.stage();
        const handler = rotationHandler(app.options(strategy));
        for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"]) {
          const event = { SecretId: app.secretId, ClientRequestToken: token, Step };
          await Promise.all([handler(event), handler(event), handler(event)]);
          if (strategy.name !== "single-user") assert.equal(await app.login("current"), "ok");
        }
        assert.equal(await app.login("current"), "ok");
        assert.ok((await app.labels())[token]?.includes("AWSCURRENT"));
      }
    },
  },
];
