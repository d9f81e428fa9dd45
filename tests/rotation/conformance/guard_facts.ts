/** Against confused deputies: with whose rights, and at which server. */

import assert from "node:assert/strict";
import { alternatingUsers, rotate, type RotationTarget } from "../../../core/rotation/mod.ts";
import { adminSecretId } from "../fixture.ts";
import type { Fact } from "./fact.ts";
import { strategiesOf } from "./strategies.ts";

export const guardFacts: readonly Fact[] = [
  {
    name: "a current password that does not log in ends the rotation, and no admin is asked",
    async check(house, kind) {
      for (const strategy of strategiesOf(kind)) {
        await using app = await house.app();
        await house.database.setPassword(app.user, "changed by hand");
        const verifier = await app.verifier(app.user);
        const users: string[] = [];
        const target: RotationTarget = {
          ...app.target,
          login: (login) => (users.push(login.username), app.target.login(login)),
        };
        await assert.rejects(
          rotate(app.secretId, { ...app.options(strategy), target }),
          { code: "ROTATION_LOGIN_FAILED" },
        );
        assert.ok(!users.includes(house.database.superuser.user), users.join());
        assert.deepEqual(
          house.double.calls({ secretId: adminSecretId, accessKeyId: app.secretId }).slice(1),
          [],
        );
        assert.equal(await app.verifier(app.user), verifier);
        assert.equal(await app.verifier(app.twin), undefined);
      }
    },
  },
  {
    name: "an admin by another name of the same server is accepted",
    async check(house) {
      await using app = await house.app();
      const { user: username, password } = house.database.superuser;
      const adminSecretId = await app.copySecret({ username, password, host: "localhost" });
      await rotate(app.secretId, { ...app.options(alternatingUsers()), adminSecretId });
      assert.equal((await app.payload("current"))!.username, app.twin);
      assert.equal(await app.login("current"), "ok");
    },
  },
  {
    name: "an admin of another server is refused, and no user is made there",
    async check(house) {
      await using app = await house.app();
      await using other = await house.database.another();
      const { user: username, password } = other.superuser;
      const adminSecretId = await app.copySecret({ username, password, port: other.at.port });
      await assert.rejects(
        rotate(app.secretId, { ...app.options(alternatingUsers()), adminSecretId }),
        { code: "ROTATION_MISMATCH", field: "host" },
      );
      for (const { verifier } of [house.database, other]) {
        assert.equal(await verifier(app.twin), undefined);
      }
    },
  },
];
