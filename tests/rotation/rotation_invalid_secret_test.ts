import assert from "node:assert/strict";
import { alternatingUsers, rotate, singleUser } from "../../core/rotation/mod.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { type App, rotationHouse } from "./fixture.ts";

const house = rotationHouse();

async function assertUntouched(app: App, work: () => Promise<unknown>): Promise<void> {
  const before = {
    labels: await app.labels(),
    verifiers: [await app.verifier(app.user), await app.verifier(app.twin)],
  };
  await work();
  assert.deepEqual({
    labels: await app.labels(),
    verifiers: [await app.verifier(app.user), await app.verifier(app.twin)],
  }, before);
  const writes = ["PutSecretValue", "UpdateSecretVersionStage", "GetRandomPassword"];
  const calls = app.double.calls({ accessKeyId: app.secretId });
  assert.deepEqual(calls.filter(({ operation }) => writes.includes(operation)), []);
}

const unusable: [what: string, fields: Record<string, unknown>, field: string][] = [
  ["another engine", { engine: "mysql" }, "engine"],
  ["an engine that is no text", { engine: 5 }, "engine"],
  ["no host", { host: undefined }, "host"],
  ["an empty host", { host: "" }, "host"],
  ["no username", { username: undefined }, "username"],
  ["an empty password", { password: "" }, "password"],
  ["a password that is no text", { password: ["hunter2!"] }, "password"],
  ["a NUL in the username", { username: "a\0b" }, "username"],
  ["a port out of range", { port: 70_000 }, "port"],
  ["a port that is no number", { port: "54a2" }, "port"],
  ["ssl that is neither", { ssl: "maybe" }, "ssl"],
];

for (const [what, fields, field] of unusable) {
  Deno.test(`a secret with ${what} is refused by name, and nothing is changed`, async () => {
    await using app = await house.app({ bootstrapped: false, secret: fields });
    await assertUntouched(app, async () => {
      for (const strategy of [singleUser(), alternatingUsers()]) {
        await assert.rejects(
          rotate(app.secretId, app.options(strategy)),
          (error: Error & { code: string; field: string }) => {
            assert.deepEqual([error.code, error.field], ["INVALID_SECRET", field]);
            assertNoSecretIn(error, [...app.passwords.filter(text), "hunter2!"]);
            return true;
          },
        );
      }
    });
  });
}

const text = (value: unknown) => typeof value === "string" && value !== "";

for (const garbage of ["hunter2!hunter2", "[1]", "null", '"{}"', '{"password":"hunter2!']) {
  Deno.test(`a secret that is ${garbage.slice(0, 4)}... is refused without quoting it`, async () => {
    await using app = await house.app({ bootstrapped: false });
    await app.client.putSecretValue({ SecretId: app.secretId, SecretString: garbage });
    app.double.inject({ match: { operation: "PutSecretValue" }, kind: "access-denied" }).remove();
    await assert.rejects(
      rotate(app.secretId, app.options(singleUser())),
      (error: Error & { code: string }) => {
        assert.equal(error.code, "INVALID_SECRET");
        assertNoSecretIn(error, ["hunter2!"]);
        return true;
      },
    );
  });
}

Deno.test("a secret without any version is refused", async () => {
  await using app = await house.app({ bootstrapped: false });
  await app.client.createSecret({ Name: `${app.secretId}-empty` });
  await assert.rejects(
    rotate(`${app.secretId}-empty`, app.options(singleUser())),
    { code: "ROTATION_UNKNOWN_VERSION" },
  );
});

for (
  const [name, twin] of [
    ["u".repeat(57), 63],
    ["u".repeat(58), 64],
    [`${"ü".repeat(28)}x`, 63],
    ["ü".repeat(29), 64],
    ["🔑".repeat(15), 66],
  ] as const
) {
  Deno.test(
    `a twin's name of ${twin} bytes for ${name.slice(0, 3)}... is ${
      twin > 63 ? "refused" : "accepted"
    }`,
    async () => {
      const user = `${name}`;
      await using app = await house.app({ bootstrapped: false, secret: { username: user } });
      const quoted = `"${user}"`;
      await app.server.admin().unsafe(
        `create role ${quoted} login password '${app.passwords[0]}'`,
      );
      if (twin <= 63) {
        await rotate(app.secretId, app.options(alternatingUsers()));
        assert.equal((await app.payload("current"))!.username, `${user}_clone`);
        assert.equal(await app.login("current"), "ok");
        return;
      }
      await assertUntouched(
        app,
        () =>
          assert.rejects(rotate(app.secretId, app.options(alternatingUsers())), {
            code: "INVALID_IDENTIFIER",
            message: new RegExp(`has ${twin} bytes and the database holds 63`),
          }),
      );
      assert.equal(await app.login("current"), "ok");
    },
  );
}

Deno.test("odd names of users, roles and databases are quoted all the way", async () => {
  const username = `o'dd "user"; -- \\ ü$`;
  await using app = await house.app({ secret: { username } });
  for (const strategy of [singleUser(), alternatingUsers(), alternatingUsers()]) {
    await rotate(app.secretId, app.options(strategy));
    assert.equal(await app.login("current"), "ok");
  }
  const [row] = await app.server.admin()`
    select array_to_json(setconfig)::text as settings from pg_db_role_setting s
    join pg_roles r on r.oid = s.setrole where rolname = ${`${username}_clone`}`;
  assert.deepEqual(JSON.parse(row!["settings"]), [`role=${username}_owner`]);
});
