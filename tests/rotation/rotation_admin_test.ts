import assert from "node:assert/strict";
import postgres from "postgres";
import { postgresTarget } from "../../adapters/postgres/mod.ts";
import { alternatingUsers, rotate } from "../../core/rotation/mod.ts";
import { type App, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const strategy = alternatingUsers();
const turn = (app: App) => rotate(app.secretId, app.options(strategy));

Deno.test("a grant that fails leaves no twin behind", async () => {
  await using app = await house.app();
  await app.server.admin().unsafe(
    `create role ${app.user}_admin login createrole password 'admin-password'`,
  );
  // Such an admin may create users, but not grant a role that it does not administer.
  const admin = await app.copySecret({ username: `${app.user}_admin`, password: "admin-password" });
  await assert.rejects(
    rotate(app.secretId, { ...app.options(strategy), adminSecretId: admin }),
    { code: "42501" },
  );
  assert.equal(await app.verifier(app.twin), undefined);
  assert.equal(await app.login("current"), "ok");
  // Once the admin may, the same rotation is finished.
  await app.server.admin().unsafe(
    `grant ${app.owner} to ${app.user}_admin with admin option, inherit false, set false`,
  );
  const options = { ...app.options(strategy), adminSecretId: admin };
  assert.equal((await rotate(app.secretId, options)).resumed, true);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("an admin that is no superuser needs CREATEROLE and ADMIN on the roles, turn after turn", async () => {
  await using app = await house.app({ bootstrapped: false });
  const sql = app.server.admin();
  const admin = `${app.user}_admin`;
  await sql.unsafe(`create role ${admin} login createrole password 'admin-password'`);
  await sql.unsafe(`
    set role ${admin};
    create role ${app.owner} nologin;
    create role ${app.user} login password '${app.passwords[0]}';
    grant ${app.owner} to ${app.user};
    alter role ${app.user} set role to ${app.owner};
    alter role ${app.user} set search_path = app, public;
    reset role`);
  const adminSecretId = await app.copySecret({ username: admin, password: "admin-password" });
  const before = await app.database.rights(app.user);
  for (const user of [app.twin, app.user, app.twin]) {
    await rotate(app.secretId, { ...app.options(strategy), adminSecretId });
    assert.equal(await app.login("current"), "ok");
    assert.deepEqual(await app.database.rights(user), before);
  }
});

Deno.test("the app's own search_path does not make the admin call the app's functions", async () => {
  await using app = await house.app({ bootstrapped: false });
  const sql = app.server.admin();
  const evil = `${app.user}_evil`;
  // Functions that a copy of the settings might call.
  const names = ["set_config(text, text, boolean)", "hashtextextended(text, bigint)"];
  await sql.unsafe(`
    create role ${app.user} login password '${app.passwords[0]}';
    create schema ${evil}`);
  for (const name of names) {
    await sql.unsafe(`
      create function ${evil}.${name} returns text language plpgsql as
        $$ begin alter role ${app.user} superuser; return ''; end $$`);
  }
  await sql.unsafe(`
    alter role ${app.user} set search_path = ${evil}, pg_catalog;
    alter role ${app.user} set work_mem = '3MB'`);
  await turn(app);
  const [row] = await sql`select rolsuper from pg_roles where rolname = ${app.user}`;
  assert.equal(row!["rolsuper"], false);
  assert.deepEqual(await app.database.rights(app.twin), await app.database.rights(app.user));
});

Deno.test("nor does a search_path that the owner of a database gives to everybody", async () => {
  await using app = await house.app();
  const database = `${app.user}_shop`;
  await app.server.admin().unsafe(`create database ${database}`);
  const { host, port, superuser } = app.server;
  const inside = (login: object) =>
    postgres({ host, port, ...superuser, database, max: 1, onnotice: () => {}, ...login });
  const sql = inside({});
  try {
    await sql.unsafe(`
      create schema evil;
      alter database ${database} set search_path = evil, pg_catalog`);
    for (const name of ["split_part(text, text, int)", "strpos(text, text)"]) {
      await sql.unsafe(`
        create function evil.${name} returns text language plpgsql as
          $$ begin alter role ${app.user} createdb; return ''; end $$`);
    }
  } finally {
    await sql.end();
  }
  const target = postgresTarget((login) => inside(login));
  await rotate(app.secretId, { ...app.options(strategy), target });
  const [row] = await app.server.admin()`
    select rolcreatedb from pg_roles where rolname = ${app.user}`;
  assert.equal(row!["rolcreatedb"], false);
  assert.deepEqual(await app.database.rights(app.twin), await app.database.rights(app.user));
  await app.server.admin().unsafe(`drop database ${database} with (force)`);
});

Deno.test("an admin secret without a host is used at the host of the options, never at the app's", async () => {
  await using app = await house.app();
  const adminSecretId = await app.copySecret({
    username: app.server.superuser.user,
    password: app.server.superuser.password,
    host: undefined,
    port: undefined,
  });
  const options = { ...app.options(strategy), adminSecretId };
  await assert.rejects(rotate(app.secretId, options), { code: "INVALID_SECRET", field: "host" });
  assert.equal(await app.verifier(app.twin), undefined);
  const { host, port } = app.server;
  await rotate(app.secretId, { ...options, endpoint: { host, port } });
  assert.equal(await app.login("current"), "ok");
});
