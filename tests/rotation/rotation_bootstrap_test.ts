import assert from "node:assert/strict";
import postgres from "postgres";
import { bootstrap } from "../../adapters/postgres/mod.ts";
import { rotate, singleUser } from "../../core/rotation/mod.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { factory, rotationHouse } from "./fixture.ts";

const house = rotationHouse();

Deno.test("bootstrap makes a user that logs in and works as the owner role, and can be repeated", async () => {
  await using app = await house.app({ bootstrapped: false });
  const run = () => bootstrap(factory, { store: app.store, secretId: app.secretId });
  const made = { username: app.user, ownerRole: app.owner };
  assert.deepEqual(await run(), { ...made, created: true });
  const verifier = await app.verifier(app.user);
  assert.deepEqual(await run(), { ...made, created: false });
  assert.deepEqual(await run(), { ...made, created: false });
  assert.equal(await app.verifier(app.user), verifier);

  const { host, port } = app.server;
  const sql = postgres({
    host,
    port,
    user: app.user,
    password: app.passwords[0]!,
    database: "postgres",
    max: 1,
  });
  try {
    await sql.unsafe(`create table ${app.user}_made ()`);
    const [row] = await sql`
      select current_user as me, session_user as myself,
        (select tableowner from pg_tables where tablename = ${`${app.user}_made`}) as owner,
        (select rolcanlogin from pg_roles where rolname = ${app.owner}) as "ownerLogsIn"`;
    assert.deepEqual(row, {
      me: app.owner,
      myself: app.user,
      owner: app.owner,
      ownerLogsIn: false,
    });
  } finally {
    await sql.end();
  }
});

Deno.test("bootstrap can be repeated after rotations", async () => {
  await using app = await house.app();
  await rotate(app.secretId, app.options(singleUser()));
  const result = await bootstrap(factory, { store: app.store, secretId: app.secretId });
  assert.equal(result.created, false);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("the owner role can be chosen, and several users can share one", async () => {
  await using app = await house.app({ bootstrapped: false });
  await using other = await house.app({ bootstrapped: false });
  const ownerRole = `${app.user} shared`;
  for (const { store, secretId } of [app, other]) {
    assert.equal((await bootstrap(factory, { store, secretId, ownerRole })).ownerRole, ownerRole);
  }
});

Deno.test("bootstraps of several apps at the same time do not disturb each other", async () => {
  const apps = await Promise.all(Array.from({ length: 5 }, () => house.app()));
  for (const app of apps) {
    assert.equal(await app.login("current"), "ok");
    await app[Symbol.asyncDispose]();
  }
});

Deno.test("a user that exists with another password is left alone, and an error says so", async () => {
  await using app = await house.app({ bootstrapped: false });
  await app.server.admin().unsafe(`create role ${app.user} login password 'chosen by hand'`);
  const verifier = await app.verifier(app.user);
  await assert.rejects(
    bootstrap(factory, { store: app.store, secretId: app.secretId }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "ROTATION_LOGIN_FAILED");
      assert.match(error.message, new RegExp(`"${app.user}" exists .* Nothing was changed`));
      assertNoSecretIn(error, app.passwords);
      return true;
    },
  );
  assert.equal(await app.verifier(app.user), verifier);
  const roles = await app.server.admin()`select from pg_roles where rolname = ${app.owner}`;
  assert.equal(roles.length, 0);
});

Deno.test("a factory for another database than the secret's is refused before any change", async () => {
  await using app = await house.app({ bootstrapped: false, secret: { dbname: "shop" } });
  await assert.rejects(
    bootstrap(factory, { store: app.store, secretId: app.secretId }),
    { code: "INVALID_OPTION", message: /database "postgres", but the secret's dbname is "shop"/ },
  );
  assert.equal(await app.verifier(app.user), undefined);
});

Deno.test("bootstrap without an admin secret, or with a wrong one, says so", async () => {
  await using app = await house.app({ bootstrapped: false, secret: { masterarn: undefined } });
  const about = { store: app.store, secretId: app.secretId };
  await assert.rejects(bootstrap(factory, about), { code: "INVALID_OPTION" });
  const wrong = await app.copySecret({ username: "postgres", password: "not the admin's" });
  await assert.rejects(
    bootstrap(factory, { ...about, adminSecretId: wrong }),
    { code: "ROTATION_LOGIN_FAILED", message: /^The admin user "postgres"/ },
  );
  await assert.rejects(
    bootstrap(factory, { ...about, adminSecretId: "no-such-secret" }),
    { code: "ROTATION_UNKNOWN_VERSION" },
  );
  assert.equal(await app.verifier(app.user), undefined);
});

Deno.test("a bootstrap that fails half-way leaves neither role behind, nor its verifier in the error", async () => {
  await using app = await house.app({ bootstrapped: false });
  const admin = `${app.user}_admin`;
  await app.server.admin().unsafe(`create role ${admin} login password 'admin-password'`);
  const adminSecretId = await app.copySecret({ username: admin, password: "admin-password" });
  await assert.rejects(
    bootstrap(factory, { store: app.store, secretId: app.secretId, adminSecretId }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "42501");
      assertNoSecretIn(error, [...app.passwords, "SCRAM-SHA-256$4096"]);
      return true;
    },
  );
  assert.equal(await app.verifier(app.user), undefined);
  assert.equal(await app.verifier(app.owner), undefined);
});

Deno.test("the error of a user that the server refuses to create does not hold the verifier", async () => {
  const username = `pg_reserved_${crypto.randomUUID()}`;
  await using app = await house.app({ bootstrapped: false, secret: { username } });
  await assert.rejects(
    bootstrap(factory, { store: app.store, secretId: app.secretId, ownerRole: app.owner }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "42939");
      assertNoSecretIn(error, [...app.passwords, "SCRAM-SHA-256$4096"]);
      return true;
    },
  );
  const roles = await app.server.admin()`select from pg_roles where rolname = ${app.owner}`;
  assert.equal(roles.length, 0);
});

Deno.test("an admin secret without a host is used at the host of the options, never at the app's", async () => {
  await using app = await house.app({ bootstrapped: false });
  const { host, port, superuser: { user: username, password } } = app.server;
  const adminSecretId = await app.copySecret({
    username,
    password,
    host: undefined,
    port: undefined,
  });
  const options = { store: app.store, secretId: app.secretId, adminSecretId };
  await assert.rejects(bootstrap(factory, options), { code: "INVALID_SECRET", field: "host" });
  assert.equal(await app.verifier(app.user), undefined);
  await bootstrap(factory, { ...options, endpoint: { host, port } });
  assert.equal(await app.login("current"), "ok");
});
