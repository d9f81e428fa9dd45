import assert from "node:assert/strict";
import { alternatingUsers, rotate } from "../../core/rotation/mod.ts";
import { type App, rotationHouse } from "./fixture.ts";

const house = rotationHouse();
const strategy = alternatingUsers();

/** Statements that give `user` what no other user shares, as a superuser would execute them. */
const own: Readonly<Record<string, (user: string) => string>> = {
  "a table": (user) => `create table ${user}_t (); alter table ${user}_t owner to ${user}`,
  "a schema": (user) => `create schema ${user}_s authorization ${user}`,
  "a grant on a table": (user) =>
    `create table ${user}_t (secret int); grant select (secret) on ${user}_t to ${user}`,
  "a grant on a function": (user) =>
    `create function ${user}_f() returns int language sql return 1;
     grant execute on function ${user}_f() to ${user}`,
  "a grant on a database": (user) => `grant connect on database postgres to ${user}`,
  "default privileges": (user) =>
    `alter default privileges for role ${user} grant select on tables to public`,
  "a policy": (user) =>
    `create table ${user}_t (); create policy p on ${user}_t to ${user} using (true)`,
  "an object in another database": (user) => `grant connect on database template1 to ${user}`,
  "grants of its own to others": (user) =>
    `create role ${user}_r; grant ${user}_r to ${user} with admin option; create role ${user}_x;
     set role ${user}; grant ${user}_r to ${user}_x; reset role`,
};

async function assertRefused(app: App, message: RegExp): Promise<void> {
  const verifier = await app.verifier(app.user);
  const twin = await app.verifier(app.twin);
  await assert.rejects(
    rotate(app.secretId, app.options(strategy)),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "ROTATION_MISMATCH");
      assert.match(error.message, message);
      return true;
    },
  );
  assert.equal(await app.verifier(app.user), verifier);
  assert.equal(await app.verifier(app.twin), twin);
  assert.equal(await app.login("current"), "ok");
  assert.equal(
    Object.values(await app.labels()).flat().filter((l) => l === "AWSCURRENT").length,
    1,
  );
}

for (const [what, statements] of Object.entries(own)) {
  Deno.test(`a user with ${what} is refused, and nothing is changed`, async () => {
    await using app = await house.app();
    await app.server.admin().unsafe(statements(app.user));
    await assertRefused(
      app,
      new RegExp(`"${app.user}" owns objects.* \\(\\d+ entries.*bootstrap`, "s"),
    );
    assert.equal(await app.verifier(app.twin), undefined);
  });
}

Deno.test("a user that was freed of its own objects is rotated", async () => {
  await using app = await house.app();
  const sql = app.server.admin();
  await sql.unsafe(own["a table"]!(app.user));
  await assertRefused(app, /owns objects/);
  await sql.unsafe(`reassign owned by ${app.user} to ${app.owner}`);
  assert.equal((await rotate(app.secretId, app.options(strategy))).resumed, true);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a superuser is refused", async () => {
  await using app = await house.app();
  await app.server.admin().unsafe(`alter role ${app.user} superuser`);
  await assertRefused(app, /is a superuser/);
  assert.equal(await app.verifier(app.twin), undefined);
});

Deno.test("somebody else's user that has the twin's name is not taken over", async () => {
  await using app = await house.app();
  await app.server.admin().unsafe(`
    create role ${app.twin} login password 'of somebody else';
    create table ${app.twin}_t (); alter table ${app.twin}_t owner to ${app.twin}`);
  await assertRefused(app, new RegExp(`"${app.twin}" owns objects`));
});

Deno.test("a superuser that has the twin's name is not taken over", async () => {
  await using app = await house.app();
  await app.server.admin().unsafe(`create role ${app.twin} superuser login password 'another'`);
  await assertRefused(app, new RegExp(`"${app.twin}" is a superuser`));
});
