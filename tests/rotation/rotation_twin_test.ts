import assert from "node:assert/strict";
import postgres from "postgres";
import { alternatingUsers, rotate } from "../../core/rotation/mod.ts";
import { pollUntil } from "../servers/postgres/poll.ts";
import { type App, factory, loginCode, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const strategy = alternatingUsers();
const turn = (app: App) => rotate(app.secretId, app.options(strategy));

/** What makes two users equal: attributes, memberships, settings; names replaced by `me`. */
async function rights(app: App, user: string): Promise<unknown> {
  const sql = app.server.admin();
  const [attributes] = await sql`
    select rolcanlogin, rolsuper, rolinherit, rolcreatedb, rolcreaterole, rolreplication,
      rolbypassrls, rolconnlimit, coalesce(rolvaliduntil, 'infinity')::text as until
    from pg_roles where rolname = ${user}`;
  const memberships = await sql`
    select m.roleid::regrole::text as role, bool_or(admin_option) as admin,
      bool_or(inherit_option) as inherit, bool_or(set_option) as set
    from pg_auth_members m where member = ${user}::text::regrole group by 1 order by 1`;
  const settings = await sql`
    select coalesce(d.datname, '') as database, s.setting from pg_db_role_setting r
    left join pg_database d on d.oid = r.setdatabase, unnest(setconfig) as s(setting)
    where setrole = ${user}::text::regrole order by 1, 2`;
  return { attributes, memberships: [...memberships], settings: [...settings] };
}

Deno.test("the twin gets every attribute, membership and setting", async () => {
  await using app = await house.app();
  const sql = app.server.admin();
  await sql.unsafe(`create database ${app.user}_shop`);
  await sql.unsafe(`
    create role ${app.user}_reader; create role "${app.user} ""lead""";
    grant ${app.user}_reader to ${app.user} with inherit false, set true;
    grant "${app.user} ""lead""" to ${app.user} with admin true, set false;
    alter role ${app.user} createdb bypassrls noinherit connection limit 17
      valid until '2099-12-31 23:59:59+00';
    alter role ${app.user} set search_path = "$user", "odd, name", public, "with ""quotes""";
    alter role ${app.user} set work_mem = '3MB';
    alter role ${app.user} set my.setting = E'it''s \\\\ "this" = that';
    alter role ${app.user} set lock_timeout = '1ms';
    alter role ${app.user} set synchronous_commit = off;
    alter role ${app.user} set client_encoding = 'latin1';
    alter role ${app.user} set "TimeZone" = 'Asia/Tokyo';
    alter role ${app.user} set temp_tablespaces = '';
    alter role ${app.user} in database ${app.user}_shop set search_path = shop;
    alter role ${app.user} in database ${app.user}_shop set datestyle = 'German, DMY'`);
  const before = await rights(app, app.user);
  await turn(app);
  assert.deepEqual(await rights(app, app.twin), before);
  await turn(app);
  assert.deepEqual(await rights(app, app.user), before);
  assert.deepEqual(await rights(app, app.twin), before);
  await sql.unsafe(`drop database ${app.user}_shop`);
});

Deno.test("what the twin has too much is taken away, whoever granted it", async () => {
  await using app = await house.app();
  await turn(app);
  await turn(app);
  const before = await rights(app, app.user);
  const sql = app.server.admin();
  await sql.unsafe(`
    create role ${app.user}_extra; create role ${app.user}_granter;
    grant ${app.user}_extra to ${app.user}_granter with admin option;
    set role ${app.user}_granter;
    grant ${app.user}_extra to ${app.twin};
    reset role;
    grant ${app.user}_extra to ${app.twin} with admin option;
    alter role ${app.twin} createdb connection limit 3 valid until '2001-01-01';
    alter role ${app.twin} set work_mem = '9MB';
    alter role ${app.twin} in database postgres set work_mem = '9MB'`);
  await turn(app);
  assert.deepEqual(await rights(app, app.twin), before);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a twin that lost what it should have gets it back", async () => {
  await using app = await house.app();
  await turn(app);
  const before = await rights(app, app.user);
  await turn(app);
  await app.server.admin().unsafe(`
    revoke ${app.owner} from ${app.twin};
    alter role ${app.twin} reset role;
    alter role ${app.twin} nologin noinherit password null`);
  await turn(app);
  assert.deepEqual(await rights(app, app.twin), before);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("what one twin makes as the owner role, the other can use, alter and drop", async () => {
  await using app = await house.app();
  const as = async (work: string) => {
    const { username, password } = (await app.payload("current"))!;
    const { host, port } = app.server;
    const sql = factory({ host, port, user: username, password: () => password.reveal(), ...one });
    try {
      return [...await sql.unsafe(work)];
    } finally {
      await sql.end();
    }
  };
  const one = { max: 1, idle_timeout: 0, max_lifetime: 0 } as const;
  const [first, second] = [`${app.user}_first`, `${app.user}_second`];
  await as(`create table ${first} (id int); insert into ${first} values (1)`);
  await turn(app);
  await as(`alter table ${first} add note text; create table ${second} (id int)`);
  assert.deepEqual(await as(`select id, note from ${first}`), [{ id: 1, note: null }]);
  await turn(app);
  await as(`insert into ${second} values (2); drop table ${first}`);
  await turn(app);
  assert.deepEqual(await as(`select id from ${second}`), [{ id: 2 }]);
  await as(`drop table ${second}`);
});

Deno.test("nobody sees a twin without its rights: role and memberships appear together", async () => {
  await using app = await house.app();
  const { host, port, superuser } = app.server;
  const own = { host, port, user: superuser.user, password: superuser.password, max: 1 };
  const blocker = postgres({ ...own, database: "postgres", onnotice: () => {} });
  const released = Promise.withResolvers<void>();
  const blocked = Promise.withResolvers<void>();
  // PostgreSQL makes one GRANT of a role wait for another one, and no CREATE ROLE.
  const blocking = blocker.begin(async (tx) => {
    await tx.unsafe(`create role ${app.user}_other; grant ${app.owner} to ${app.user}_other`);
    blocked.resolve();
    await released.promise;
  });
  await blocked.promise;
  const turning = turn(app);
  try {
    await pollUntil(
      10_000,
      async () => {
        const [row] = await app.server.admin()`
          select count(*)::int as waiting from pg_stat_activity
          where wait_event_type = 'Lock' and query ilike ${`grant%${app.twin}%`}`;
        return row!["waiting"] === 1;
      },
      () => "The twin's GRANT never waited.",
    );
    assert.equal(await app.verifier(app.twin), undefined);
    const { password } = (await app.payload("pending"))!;
    assert.equal(await loginCode(app.server, app.twin, password.reveal()), "28P01");
  } finally {
    released.resolve();
    await blocking;
    await blocker.end();
  }
  await turning;
  assert.equal(await app.login("current"), "ok");
});

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
  const before = await rights(app, app.user);
  for (const user of [app.twin, app.user, app.twin]) {
    await rotate(app.secretId, { ...app.options(strategy), adminSecretId });
    assert.equal(await app.login("current"), "ok");
    assert.deepEqual(await rights(app, user), before);
  }
});

Deno.test("the app's own search_path does not make the admin call the app's functions", async () => {
  await using app = await house.app({ bootstrapped: false });
  const sql = app.server.admin();
  const evil = `${app.user}_evil`;
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
  assert.deepEqual(await rights(app, app.twin), await rights(app, app.user));
});
