import assert from "node:assert/strict";
import { alternatingUsers, rotate, rotationHandler, singleUser } from "../../core/rotation/mod.ts";
import { pollUntil } from "../servers/common/poll.ts";
import { loginCode, rotationHouse } from "./fixture.ts";

const house = rotationHouse({ replica: {} });

const replicas = () => [{ host: house.server.replica!.host, port: house.server.replica!.port }];

for (const strategy of [singleUser(), alternatingUsers()]) {
  Deno.test(`the test step waits until a replica accepts the new credential, ${strategy.name}`, async () => {
    await using app = await house.app();
    const options = { ...app.options(strategy), replicas: replicas() };
    await house.server.waitForReplay();
    await house.server.pauseReplay();
    try {
      let finished = false;
      const rotating = rotate(app.secretId, options).finally(() => finished = true);
      const refused = async () => {
        const failed = await house.server.replica!.failedLogins();
        return failed.filter(({ user }) => user.startsWith(app.user)).length >= 3;
      };
      await pollUntil(30_000, refused, () => "The replica was not asked three times.");
      assert.equal(finished, false);
      assert.equal((await app.payload("current"))!.username, app.user);
      const [current] = await Promise.all([app.payload("current"), house.server.resumeReplay()]);
      const { versionId } = await rotating;
      assert.ok((await app.labels())[versionId]!.includes("AWSCURRENT"));
      assert.ok(!(await app.payload("current"))!.password.equals(current!.password));
    } finally {
      await house.server.resumeReplay();
    }
    const { username, password } = (await app.payload("current"))!;
    assert.equal(await loginCode(house.server.replica!, username, password.reveal()), "ok");
  });
}

Deno.test("a replica that stays behind ends the test step, which can be repeated", async () => {
  await using app = await house.app();
  const handler = rotationHandler({
    ...app.options(singleUser()),
    replicas: replicas(),
    replicaTimeoutMs: 50,
  });
  const token = await app.stage();
  const step = (Step: string) =>
    handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
  await house.server.waitForReplay();
  await house.server.pauseReplay();
  try {
    await step("createSecret");
    await step("setSecret");
    for (let repeat = 1; repeat <= 2; repeat++) {
      await assert.rejects(step("testSecret"), (error: Error & { code: string }) => {
        assert.equal(error.code, "ROTATION_REPLICA_TIMEOUT");
        assert.match(error.message, /127\.0\.0\.1:\d+ still refused .* 28P01 after 50 ms/);
        return true;
      });
    }
  } finally {
    await house.server.resumeReplay();
  }
  await house.server.waitForReplay();
  await step("testSecret");
  await step("finishSecret");
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a time limit of 0 asks each replica once", async () => {
  await using app = await house.app();
  await house.server.waitForReplay();
  await house.server.pauseReplay();
  const before = (await house.server.replica!.failedLogins()).length;
  try {
    await assert.rejects(
      rotate(app.secretId, {
        ...app.options(singleUser()),
        replicas: replicas(),
        replicaTimeoutMs: 0,
      }),
      { code: "ROTATION_REPLICA_TIMEOUT" },
    );
  } finally {
    await house.server.resumeReplay();
  }
  assert.equal((await house.server.replica!.failedLogins()).length - before, 1);
});

Deno.test("a server that follows the admin's is the same server to the guard", async () => {
  await using app = await house.app();
  await rotate(app.secretId, app.options(alternatingUsers()));
  await rotate(app.secretId, app.options(alternatingUsers()));
  await house.server.waitForReplay();
  // The secret names the replica, the admin's secret the primary that it replicates from.
  const { host, port } = house.server.replica!;
  const secretId = await app.copySecret({ host, port });
  const { user, password } = house.server.superuser;
  const adminSecretId = await app.copySecret({ username: user, password });
  await rotate(secretId, {
    ...app.options(alternatingUsers()),
    adminSecretId,
    replicas: replicas(),
  }).catch((error) => assert.equal(error.code, "ROTATION_LOGIN_FAILED"));
  await house.server.waitForReplay();
  await rotate(secretId, { ...app.options(alternatingUsers()), adminSecretId });
});
