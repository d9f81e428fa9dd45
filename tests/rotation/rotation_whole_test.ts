import assert from "node:assert/strict";
import { alternatingUsers, rotate, singleUser } from "../../core/rotation/mod.ts";
import { rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const initial = (app: { passwords: string[] }) => app.passwords[0]!;

Deno.test("what else the secret holds stays as it is", async () => {
  await using app = await house.app({ secret: { note: "kept", nested: { list: [1, null] } } });
  for (const strategy of [singleUser(), alternatingUsers()]) {
    await app.rotateByStore(app.options(strategy));
    assert.equal((await app.payload("current"))!.password.reveal().length, 32);
    const { SecretString } = await app.client.getSecretValue({ SecretId: app.secretId });
    const { note, nested, masterarn } = JSON.parse(SecretString!);
    assert.deepEqual({ note, nested, masterarn }, {
      note: "kept",
      nested: { list: [1, null] },
      masterarn: "admin-db",
    });
  }
});

Deno.test("the twin's suffix can be chosen", async () => {
  await using app = await house.app();
  await app.rotateByStore(app.options(alternatingUsers({ suffix: "-b" })));
  assert.equal((await app.payload("current"))!.username, `${app.user}-b`);
  await app.rotateByStore(app.options(alternatingUsers({ suffix: "-b" })));
  assert.equal((await app.payload("current"))!.username, app.user);
});

for (const strategy of [singleUser(), alternatingUsers()]) {
  Deno.test(`rotate() needs no scheduler, ${strategy.name}`, async () => {
    await using app = await house.app();
    const old = Object.keys(await app.labels())[0]!;
    const first = await rotate(app.secretId, app.options(strategy));
    const second = await rotate(app.secretId, app.options(strategy));

    assert.ok(!first.resumed && !second.resumed && first.versionId !== old);
    assert.deepEqual(await app.labels(), {
      [first.versionId]: ["AWSPREVIOUS"],
      [second.versionId]: ["AWSCURRENT"],
    });
    assert.equal(await app.login("current"), "ok");
    assert.equal(await app.login("previous"), strategy.name === "single-user" ? "28P01" : "ok");
  });
}

Deno.test("rotate() resumes a version that was staged and has no value yet", async () => {
  await using app = await house.app();
  const token = await app.stage();
  const result = await rotate(app.secretId, app.options(singleUser()));
  assert.deepEqual(result, { versionId: token, resumed: true });
  assert.equal(await app.login("current"), "ok");
});

Deno.test("rotate() takes AWSPENDING on the current version for no rotation", async () => {
  await using app = await house.app();
  const [current] = Object.keys(await app.labels());
  await app.client.updateSecretVersionStage({
    SecretId: app.secretId,
    VersionStage: "AWSPENDING",
    MoveToVersionId: current,
  });
  const result = await rotate(app.secretId, app.options(singleUser()));

  assert.ok(!result.resumed && result.versionId !== current);
  assert.deepEqual((await app.labels())[result.versionId], ["AWSCURRENT"]);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("the id of the new version can be chosen", async () => {
  await using app = await house.app();
  const versionId = "chosen-".padEnd(36, "0");
  const options = { ...app.options(singleUser()), newVersionId: () => versionId };
  assert.deepEqual(await rotate(app.secretId, options), { versionId, resumed: false });
});

Deno.test("an admin secret in the options wins over the secret's own", async () => {
  await using app = await house.app({
    secret: { masterarn: "no-such-secret" },
    bootstrapped: false,
  });
  await app.server.admin().unsafe(`create role ${app.user} login password '${initial(app)}'`);
  await rotate(app.secretId, { ...app.options(alternatingUsers()), adminSecretId: "admin-db" });
  assert.equal(await app.login("current"), "ok");
});

Deno.test("the endpoint option names the server for secrets that do not", async () => {
  await using app = await house.app({
    secret: { host: undefined, port: undefined },
    bootstrapped: false,
  });
  await app.server.admin().unsafe(`create role ${app.user} login password '${initial(app)}'`);
  const { host, port } = app.server;
  for (const strategy of [singleUser(), alternatingUsers()]) {
    await rotate(app.secretId, { ...app.options(strategy), endpoint: { host, port } });
    assert.equal(await app.login("current"), "ok");
  }
});

Deno.test("a role setting of the app does not keep it from changing its own password", async () => {
  await using app = await house.app();
  const [row] = await app.server.admin()`
    select array_to_json(setconfig) as setconfig from pg_db_role_setting where setrole = ${app.user}::regrole`;
  assert.deepEqual(row!["setconfig"], [`role=${app.owner}`]);
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(await app.login("current"), "ok");
});
