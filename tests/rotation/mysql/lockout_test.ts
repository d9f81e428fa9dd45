import assert from "node:assert/strict";
import {
  alternatingUsers,
  rotate,
  type RotationStrategy,
  type RotationTarget,
  singleUser,
} from "../../../core/rotation/mod.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import { startMysqlDatabase } from "../databases/mysql.ts";
import { type App, houseOf } from "../fixture.ts";

const mysqlHouse = houseOf(() => startMysqlDatabase({ flavor: "mysql" }));
const mariadbHouse = houseOf(() =>
  startMysqlDatabase({ flavor: "mariadb", settings: { "max-password-errors": "3" } })
);

/** Rotates, which is refused because of a lock, and returns who tried to log in meanwhile. */
async function refused(
  app: App<MysqlServer>,
  strategy: RotationStrategy,
  code: string,
): Promise<string[]> {
  const users: string[] = [];
  const target: RotationTarget = {
    ...app.target,
    login: (login) => (users.push(login.username), app.target.login(login)),
  };
  await assert.rejects(
    rotate(app.secretId, { ...app.options(strategy), target }),
    (error: Error & { code: string }) => {
      assert.equal(error.code, "LOGIN_REFUSED");
      assert.match(error.message, new RegExp(`has locked .*\\(${code}\\): .* no further login`));
      return true;
    },
  );
  return users;
}

const blocked = "ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK";
const lock = "alter user ? failed_login_attempts 3 password_lock_time 1";

Deno.test("MySQL: a rotation costs one failed login, which a lockout policy of two endures", async () => {
  await using app = await mysqlHouse.app();
  await app.server.admin().query(
    "alter user ? failed_login_attempts 2 password_lock_time unbounded",
    [app.user],
  );
  for (let round = 1; round <= 4; round++) {
    await rotate(app.secretId, app.options(round % 2 === 0 ? alternatingUsers() : singleUser()));
    assert.equal(await app.login("current"), "ok");
  }
});

Deno.test("MySQL: an account that is locked by refused logins ends the step at the first attempt", async () => {
  await using app = await mysqlHouse.app();
  await app.server.admin().query(lock, [app.user]);
  for (let time = 1; time <= 4; time++) {
    await app.database.loginCode(app.database.at, app.user, "wrong");
  }
  assert.deepEqual(await refused(app, singleUser(), blocked), [app.user]);
  await app.server.admin().query("alter user ? account unlock", [app.user]);
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(await app.login("current"), "ok");
});

Deno.test("MySQL: a locked twin ends the step before its original or an admin is tried", async () => {
  await using app = await mysqlHouse.app();
  await rotate(app.secretId, app.options(alternatingUsers()));
  await rotate(app.secretId, app.options(alternatingUsers()));
  await app.server.admin().query(lock, [app.twin]);
  for (let time = 1; time <= 4; time++) {
    await app.database.loginCode(app.database.at, app.twin, "wrong");
  }
  assert.deepEqual(await refused(app, alternatingUsers(), blocked), [app.twin]);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("MariaDB: a user that is blocked by refused logins ends the step at the first attempt", async () => {
  await using app = await mariadbHouse.app();
  for (let time = 1; time <= 3; time++) {
    await app.database.loginCode(app.database.at, app.user, "wrong");
  }
  assert.deepEqual(await refused(app, singleUser(), "ER_USER_IS_BLOCKED"), [app.user]);
  await app.server.admin().query("flush privileges");
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(await app.login("current"), "ok");
});

for (const house of [mysqlHouse, mariadbHouse]) {
  const name = house === mysqlHouse ? "MySQL" : "MariaDB";
  Deno.test(`${name}: the previous password, set again by hand, is found under a lockout policy of three`, async () => {
    await using app = await house.app();
    if (house === mysqlHouse) await app.server.admin().query(lock, [app.user]);
    await rotate(app.secretId, app.options(singleUser()));
    await app.database.setPassword(app.user, app.passwords[0]!);
    await rotate(app.secretId, app.options(singleUser()));
    assert.equal(await app.login("current"), "ok");
  });

  Deno.test(`${name}: an account that an administrator locked ends the step, and stays locked`, async () => {
    await using app = await house.app();
    await app.server.admin().query("alter user ? account lock", [app.user]);
    const users = await refused(app, singleUser(), "ER_ACCOUNT_HAS_BEEN_LOCKED");
    assert.deepEqual(users, [app.user]);
    assert.notEqual(await app.login("current"), "ok");
  });
}
