import assert from "node:assert/strict";
import { alternatingUsers, rotate, rotationHandler, singleUser } from "../../core/rotation/mod.ts";
import { loginCode, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const initial = (app: { passwords: string[] }) => app.passwords[0]!;

Deno.test("single user: a rotation by the store replaces the password, three times in a row", async () => {
  await using app = await house.app({ secret: { note: "kept", nested: { list: [1, null] } } });
  let before = (await app.payload("current"))!;
  for (let round = 1; round <= 3; round++) {
    const versionId = await app.rotateByStore(app.options(singleUser()));

    assert.deepEqual((await app.labels())[versionId], ["AWSCURRENT"]);
    const after = (await app.payload("current"))!;
    assert.equal(after.username, app.user);
    assert.equal(after.password.reveal().length, 32);
    assert.equal(await app.login("current"), "ok");
    assert.equal(await app.login("previous"), "28P01");
    assert.equal(
      await loginCode(app.server, before.username, before.password.reveal()),
      "28P01",
    );
    before = after;
  }
  const { SecretString } = await app.client.getSecretValue({ SecretId: app.secretId });
  const { note, nested, masterarn } = JSON.parse(SecretString!);
  assert.deepEqual({ note, nested, masterarn }, {
    note: "kept",
    nested: { list: [1, null] },
    masterarn: "admin-db",
  });
});

Deno.test("alternating users: the twins take turns, and the old credential goes on working", async () => {
  await using app = await house.app({ secret: { note: "kept" } });
  const users: string[] = [];
  for (let round = 1; round <= 3; round++) {
    const versionId = await app.rotateByStore(app.options(alternatingUsers()));
    users.push((await app.payload("current"))!.username);

    assert.deepEqual((await app.labels())[versionId], ["AWSCURRENT"]);
    assert.equal(await app.login("current"), "ok");
    assert.equal(await app.login("previous"), "ok");
  }
  assert.deepEqual(users, [app.twin, app.user, app.twin]);
  // The user's own turn gave it another password.
  assert.equal(await loginCode(app.server, app.user, initial(app)), "28P01");
  const { SecretString } = await app.client.getSecretValue({ SecretId: app.secretId });
  assert.equal(JSON.parse(SecretString!).note, "kept");
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

  Deno.test(`rotate() resumes an abandoned rotation, ${strategy.name}`, async () => {
    await using app = await house.app();
    const token = await app.stage();
    const handler = rotationHandler(app.options(strategy));
    for (const Step of ["createSecret", "setSecret"]) {
      await handler({ SecretId: app.secretId, ClientRequestToken: token, Step });
    }
    const { password } = (await app.payload("pending"))!;

    assert.deepEqual(await rotate(app.secretId, app.options(strategy)), {
      versionId: token,
      resumed: true,
    });
    assert.ok((await app.payload("current"))!.password.equals(password));
    assert.equal(await app.login("current"), "ok");
    assert.deepEqual((await app.labels())[token], ["AWSCURRENT"]);
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

Deno.test("a password that was rolled back to the previous one is mended by the next rotation", async () => {
  await using app = await house.app();
  await rotate(app.secretId, app.options(singleUser()));
  await app.server.admin().unsafe(`alter role ${app.user} password '${initial(app)}'`);
  assert.equal(await app.login("current"), "28P01");
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(await app.login("current"), "ok");
});
