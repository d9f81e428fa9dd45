import assert from "node:assert/strict";
import type { RowDataPacket } from "mysql2/promise";
import { mysqlTarget } from "../../../adapters/mysql2/mod.ts";
import { alternatingUsers, rotate, singleUser } from "../../../core/rotation/mod.ts";
import { Secret } from "../../../core/secret.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import { adminSession } from "../conformance/session_facts.ts";
import { factory, rights, startMysqlDatabase } from "../databases/mysql.ts";
import { type App, houseOf } from "../fixture.ts";

const mysqlHouse = houseOf(() => startMysqlDatabase({ flavor: "mysql" }));
const mariadbHouse = houseOf(() => startMysqlDatabase({ flavor: "mariadb" }));

const turn = (app: App<MysqlServer>) => rotate(app.secretId, app.options(alternatingUsers()));

async function statements(app: App<MysqlServer>, ...list: string[]): Promise<void> {
  for (const statement of list) {
    await app.server.admin().query(
      statement.replaceAll("$", app.user).replaceAll("~", app.twin),
    );
  }
}

/** What is so of one user's account at a host. */
function rightsAt(app: App<MysqlServer>, user: string, host: string): Promise<unknown> {
  return rights(app.server.admin(), app.server.flavor, { user, host });
}

async function hostsOf(app: App<MysqlServer>, user: string): Promise<string[]> {
  const [rows] = await app.server.admin().query<RowDataPacket[]>(
    "select Host as host from mysql.user where User = ? order by 1",
    [user],
  );
  return rows.map(({ host }) => host);
}

const refused = (code: string, message: RegExp) => (error: Error & { code?: string }) => {
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
};

for (const [name, house] of Object.entries({ MySQL: mysqlHouse, MariaDB: mariadbHouse })) {
  Deno.test(`${name}: every account of a user has a twin, whatever its host and requirements`, async () => {
    await using app = await house.app();
    await statements(
      app,
      "create user $@'10.%' identified by 'x' require x509 with max_user_connections 3",
      "grant select on shop.* to $@'10.%'",
      "create user $@'192.168.0.0/255.255.0.0' identified by 'x' account lock",
      "grant process on *.* to $@'192.168.0.0/255.255.0.0'",
    );
    const hosts = await hostsOf(app, app.user);
    assert.equal(hosts.length, 3);
    for (const twin of [app.twin, app.user, app.twin]) {
      await turn(app);
      assert.deepEqual(await hostsOf(app, twin), hosts);
      for (const host of hosts) {
        assert.deepEqual(await rightsAt(app, app.twin, host), await rightsAt(app, app.user, host));
      }
      assert.equal(await app.login("current"), "ok");
    }
    // All of them have the new password, not the one alone that the rotator sees.
    await statements(app, "drop user ~@'%'");
    await statements(app, `rename user ~@'10.%' to ~@'%'`, "alter user ~@'%' require none");
    assert.equal(await app.login("current"), "ok");
  });

  Deno.test(`${name}: the only account of a user may be one of another host`, async () => {
    await using app = await house.app({ bootstrapped: false });
    await statements(
      app,
      `create user $@'127.0.0.1' identified by '${app.passwords[0]}'`,
      "grant select on shop.* to $@'127.0.0.1'",
    );
    await turn(app);
    assert.deepEqual(await hostsOf(app, app.twin), ["127.0.0.1"]);
    await rotate(app.secretId, app.options(singleUser()));
    assert.equal(await app.login("current"), "ok");
  });

  Deno.test(`${name}: an account that the twin has and its original has not is refused`, async () => {
    await using app = await house.app();
    await turn(app);
    await turn(app);
    await statements(app, "create user ~@'10.%' identified by 'of old'");
    const verifier = await app.verifier(app.twin);
    await assert.rejects(
      turn(app),
      refused("ROTATION_MISMATCH", new RegExp(`\`${app.twin}\`@\`10\\.%\`.*Drop it, or create`)),
    );
    assert.equal(await app.verifier(app.twin), verifier);
    await statements(app, "drop user ~@'10.%'");
    await turn(app);
    assert.equal(await app.login("current"), "ok");
  });

  Deno.test(`${name}: nobody logs in as a new twin before it has its rights`, async () => {
    await using app = await house.app();
    // A role that the admin may not grant: the last of the rights.
    await statements(
      app,
      "create user $_admin@'%' identified by 'admin-password'",
      "grant create user, select, insert, create, drop, reload on *.* to $_admin@'%' with grant option",
      ...name === "MySQL"
        ? ["grant application_password_admin on *.* to $_admin@'%' with grant option"]
        : [],
    );
    const adminSecretId = await app.copySecret({
      username: `${app.user}_admin`,
      password: "admin-password",
    });
    const options = { ...app.options(alternatingUsers()), adminSecretId };
    await assert.rejects(rotate(app.secretId, options));
    const { password } = (await app.payload("pending"))!;
    assert.ok(await app.verifier(app.twin));
    const login = () => app.database.loginCode(app.database.at, app.twin, password.reveal());
    assert.equal(await login(), house.database.refusal);
    // The same rotation is finished by an admin who may.
    assert.equal((await turn(app)).resumed, true);
    assert.equal(await login(), "ok");
    assert.deepEqual(await app.database.rights(app.twin), await app.database.rights(app.user));
  });

  Deno.test(`${name}: rights on what is gone are in no twin's way`, async () => {
    await using app = await house.app();
    await statements(
      app,
      "create table shop.$_t (a int, b int)",
      "grant select, insert (a, b) on shop.$_t to $",
      "create table shop.$_u (a int, b int)",
      "grant update, select (a, b) on shop.$_u to $ with grant option",
      "create database $_d",
      "create table $_d.t (a int, b int)",
      "grant select (a, b) on $_d.t to $",
      "drop table shop.$_t",
      "alter table shop.$_u drop column b",
      "drop database $_d",
    );
    await turn(app);
    const [rows] = await app.server.admin().query<RowDataPacket[]>(`show grants for ?`, [app.twin]);
    const lines = rows.map((row) => String(Object.values(row)[0]));
    assert.ok(
      lines.some((line) => line.includes(`SELECT (\`a\`), UPDATE ON \`shop\`.\`${app.user}_u\``)),
    );
    assert.ok(!lines.some((line) => line.includes(`${app.user}_t`)));
    assert.equal(await app.login("current"), "ok");
  });

  Deno.test(`${name}: a right on a view that is broken ends the step, until the view is mended`, async () => {
    const breaks = {
      "references invalid": "drop table shop.$_t",
      "definer": "drop user $_definer",
    };
    for (const [message, statement] of Object.entries(breaks)) {
      await using app = await house.app();
      await statements(
        app,
        "create user $_definer identified by 'x'",
        "grant all on shop.* to $_definer",
        "create table shop.$_t (a int)",
        "create definer = $_definer view shop.$_v as select a from shop.$_t",
        "grant select (a) on shop.$_v to $",
        statement,
      );
      await assert.rejects(turn(app), (error: Error) => {
        assert.match(String(error.cause), new RegExp(message));
        return refused("ROTATION_MISMATCH", new RegExp(`${app.user}_v.*Mend or drop`))(error);
      });
      assert.equal(await app.login("current"), "ok");
      await statements(app, "create or replace view shop.$_v as select 1 as a");
      assert.equal((await turn(app)).resumed, true);
      assert.deepEqual(await app.database.rights(app.twin), await app.database.rights(app.user));
      await statements(app, "drop view shop.$_v");
    }
  });

  Deno.test(`${name}: views and routines whose definer is one twin work for the other`, async () => {
    await using app = await house.app();
    await statements(
      app,
      "create definer = $@'%' sql security definer view shop.$_v as select 7 as seven from shop.items union select 7",
      "create definer = $@'%' function shop.$_f() returns int deterministic sql security definer return 8",
      "grant execute on function shop.$_f to $",
    );
    await turn(app);
    const admin = app.server.admin();
    const [[row]] = await admin.query<RowDataPacket[]>(
      `select (select seven from shop.${app.user}_v) as seven, shop.${app.user}_f() as eight`,
    );
    assert.deepEqual({ ...row }, { seven: 7, eight: 8 });
    await turn(app);
    assert.equal(await app.login("current"), "ok");
  });

  Deno.test(`${name}: an account without a password of its own is refused before any change`, async () => {
    await using app = await house.app();
    const plugin = name === "MySQL" ? "with sha256_password by 'x'" : "via unix_socket";
    await statements(app, `create user $@'10.%' identified ${plugin}`);
    await assert.rejects(
      turn(app),
      refused("ROTATION_UNSUPPORTED", /sha256_password|unix_socket/),
    );
    assert.deepEqual(await hostsOf(app, app.twin), []);
  });

  Deno.test(`${name}: a twin with a login of its own is taken over with all that it has`, async () => {
    await using app = await house.app();
    await statements(
      app,
      "create user ~ identified by 'first'",
      "grant process, show databases on *.* to ~ with grant option",
      "grant writer to ~",
      ...name === "MySQL" ? ["alter user ~ identified by 'second' retain current password"] : [],
    );
    const admin = await adminSession(app.database);
    await admin.provisionTwin(app.user, app.twin, new Secret("third"));
    await admin.close();
    assert.deepEqual(await app.database.rights(app.twin), await app.database.rights(app.user));
    const codes: string[] = [];
    for (const password of ["first", "second", "third"]) {
      codes.push(await app.database.loginCode(app.database.at, app.twin, password));
    }
    assert.deepEqual(codes, [house.database.refusal, house.database.refusal, "ok"]);
  });
}

Deno.test("MariaDB: an account that also lets a socket in is rotated by its password", async () => {
  await using app = await mariadbHouse.app();
  const hash = await app.verifier(app.user);
  await statements(
    app,
    `alter user $ identified via unix_socket or mysql_native_password using '${hash}'`,
  );
  await rotate(app.secretId, app.options(singleUser()));
  assert.equal(await app.login("current"), "ok");
  await turn(app);
  assert.equal(await app.login("current"), "ok");
});

Deno.test("a twin's name of 33 characters is too long for MySQL, and for MariaDB unless it is said to hold it", async () => {
  for (const house of [mysqlHouse, mariadbHouse]) {
    await using app = await house.app({
      secret: { username: "x".repeat(27) },
      bootstrapped: false,
    });
    const { database, passwords } = app;
    await database.createUser("x".repeat(27), passwords[0]!);
    await assert.rejects(
      turn(app),
      refused("INVALID_IDENTIFIER", /has 33 characters and the database holds 32/),
    );
    // Nothing was stored that somebody would have to take back.
    assert.deepEqual(Object.values(await app.labels()), [["AWSCURRENT"]]);
    if (house === mysqlHouse) continue;
    const target = mysqlTarget(factory, { maxUsernameCharacters: 128 });
    await rotate(app.secretId, { ...app.options(alternatingUsers()), target });
    assert.equal(await app.login("current"), "ok");
  }
});
