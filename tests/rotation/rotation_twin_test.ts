import assert from "node:assert/strict";
import postgres from "postgres";
import { alternatingUsers, rotate } from "../../core/rotation/mod.ts";
import { pollUntil } from "../servers/common/poll.ts";
import { type App, loginCode, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const strategy = alternatingUsers();
const turn = (app: App) => rotate(app.secretId, app.options(strategy));

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
  const before = await app.database.rights(app.user);
  await turn(app);
  assert.deepEqual(await app.database.rights(app.twin), before);
  await turn(app);
  assert.deepEqual(await app.database.rights(app.user), before);
  assert.deepEqual(await app.database.rights(app.twin), before);
  await sql.unsafe(`drop database ${app.user}_shop`);
});

Deno.test("what the twin has too much is taken away, whoever granted it", async () => {
  await using app = await house.app();
  await turn(app);
  await turn(app);
  const before = await app.database.rights(app.user);
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
  assert.deepEqual(await app.database.rights(app.twin), before);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a twin that lost what it should have gets it back", async () => {
  await using app = await house.app();
  await turn(app);
  const before = await app.database.rights(app.user);
  await turn(app);
  await app.server.admin().unsafe(`
    revoke ${app.owner} from ${app.twin};
    alter role ${app.twin} reset role;
    alter role ${app.twin} nologin noinherit password null`);
  await turn(app);
  assert.deepEqual(await app.database.rights(app.twin), before);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("what one twin makes as the owner role, the other can use, alter and drop", async () => {
  await using app = await house.app();
  const as = async (work: string) => {
    const { username, password } = (await app.payload("current"))!;
    const { host, port } = app.server;
    const sql = postgres({
      host,
      port,
      user: username,
      password: password.reveal(),
      database: "postgres",
      max: 1,
    });
    try {
      return [...await sql.unsafe(work)];
    } finally {
      await sql.end();
    }
  };
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
      30_000,
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
