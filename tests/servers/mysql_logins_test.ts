import assert from "node:assert/strict";
import type { ConnectionOptions } from "mysql2/promise";
import { pollUntil } from "./common/poll.ts";
import { connect, failureOf, valueOf } from "./mysql_client.ts";
import { type MysqlServer, mysqlTests, startMysql } from "./mysql/mod.ts";

const DEADLINE_MS = 20_000;
const app = { user: "app", password: "right" };

async function successesOf(server: MysqlServer, user: string): Promise<number> {
  return (await server.successfulLogins()).filter((login) => login.user === user).length;
}

for (const flavor of ["mysql", "mariadb"] as const) {
  const test = await mysqlTests(flavor);
  const isMysql = flavor === "mysql";

  test("failed logins are counted exactly, with user, database and reason", async () => {
    await using server = await startMysql({ flavor });
    await server.admin().query(`
      create database shop;
      create user app identified by 'right';
      create user \`odd 'name@host on x\` identified by 'right';
      create user \`new\nline\` identified by 'right';
      create user locked identified by 'right' account lock;
      create user few identified by 'right' with max_user_connections 1;
      create user secure identified by 'right' require ssl`);
    await using _first = await connect(server, { user: "few", password: "right" });

    // What the client is told, and what the server's logs tell.
    const wrongPassword = [1045, "1045"] as const;
    const attempts: [ConnectionOptions, number, string | undefined][] = [
      [{ user: "app", password: "wrong" }, ...wrongPassword],
      [{ user: "app", password: "" }, ...wrongPassword],
      [{ user: "app", password: "wrong", database: "shop" }, ...wrongPassword],
      [{ user: "nobody_known", password: "right", database: "shop" }, ...wrongPassword],
      [{ user: "odd 'name@host on x", password: "wrong", database: "shop" }, ...wrongPassword],
      [{ user: "new\nline", password: "wrong", database: "shop" }, ...wrongPassword],
      [{ user: "secure", password: "right" }, ...wrongPassword],
      [{ user: "app", password: "right", database: "shop" }, 1044, "1044"],
      [{ ...server.superuser, database: "no_such_shop" }, 1049, undefined],
      [
        { user: "locked", password: "right" },
        isMysql ? 3118 : 4151,
        isMysql ? "3118" : undefined,
      ],
      [{ user: "few", password: "right" }, 1226, undefined],
    ];
    const before = Date.now();
    for (const [login, errno] of attempts) {
      assert.equal((await failureOf(server, login)).errno, errno, login.user!);
    }

    const failed = await server.failedLogins();
    assert.deepEqual(
      failed.map(({ user, database, code }) => ({ user, database, code })),
      attempts.map(([{ user, database = null }, , code]) => ({ user, database, code })),
    );
    // MariaDB tells seconds.
    for (const { at, line } of failed) {
      assert.ok(at.getTime() > before - 1000 && at.getTime() <= Date.now(), `${at} of "${line}"`);
    }
    assert.equal(await successesOf(server, "app"), 0);
    assert.equal(await successesOf(server, "few"), 1);
  });

  test("a login that has only just succeeded, or ended at once, is no failed one", async () => {
    await using server = await startMysql({ flavor });
    await server.admin().query("create user app identified by 'right'");
    for (let round = 1; round <= 20; round++) {
      const connection = await connect(server, app);
      if (round % 2 === 0) connection.destroy();
      assert.deepEqual(await server.failedLogins(), []);
      assert.equal(await successesOf(server, "app"), round);
      connection.destroy();
    }
  });

  test("logins are still told apart after a restart, when connection numbers begin anew", async () => {
    await using server = await startMysql({ flavor, durable: true });
    await server.admin().query(`
      create user app identified by 'right';
      create user locked identified by 'right' account lock`);
    const locked = { user: "locked", password: "right" };
    for (let start = 1; start <= 3; start++) {
      await using _connection = await connect(server, app);
      await failureOf(server, locked);
      assert.equal((await server.failedLogins()).length, start);
      await server.kill();
      assert.equal((await server.failedLogins()).length, start);
      await server.restart();
    }
    // What MariaDB does not log, the connections of another run cannot tell.
    await failureOf(server, locked);
    await server.restart();
    assert.equal(await successesOf(server, "app"), 3);
    assert.equal(await successesOf(server, "locked"), 0);
    const users = (await server.failedLogins()).map(({ user }) => user);
    assert.deepEqual(users, Array(isMysql ? 4 : 3).fill("locked"));
  });

  test("a change of a connection's user is a login too", async () => {
    await using server = await startMysql({ flavor });
    await server.admin().query(`
      create user app identified by 'right'; create user other identified by 'right'`);
    await using connection = await connect(server, app);
    await connection.changeUser({ user: "other", password: "right" });
    await assert.rejects(connection.changeUser({ user: "app", password: "wrong" }), {
      errno: 1045,
    });
    assert.equal(await successesOf(server, "app"), 1);
    assert.equal(await successesOf(server, "other"), 1);
    assert.deepEqual(
      (await server.failedLogins()).map(({ user, code }) => ({ user, code })),
      [{ user: "app", code: "1045" }],
    );
  });

  test("an account is locked by three wrong passwords in a row", async () => {
    const settings: Record<string, string> = isMysql ? {} : { "max-password-errors": "3" };
    await using server = await startMysql({ flavor, settings });
    const policy = isMysql ? "failed_login_attempts 3 password_lock_time 1" : "";
    await server.admin().query(`create user app identified by 'right' ${policy}`);
    const wrong = { ...app, password: "wrong" };
    for (const attempt of [wrong, wrong]) await failureOf(server, attempt);
    await using _forgiven = await connect(server, app);
    const told: (number | undefined)[] = [];
    for (const attempt of [wrong, wrong, wrong, app]) {
      told.push((await failureOf(server, attempt)).errno);
    }
    // MySQL speaks of the lock at the third wrong password already.
    const expected = isMysql ? [1045, 1045, 3955, 3955] : [1045, 1045, 1045, 4150];
    assert.deepEqual(told, expected);
    const codes = (await server.failedLogins()).map(({ code }) => Number(code));
    assert.deepEqual(codes, [1045, 1045, ...expected]);
    assert.equal(await successesOf(server, "app"), 1);
  });

  test("sessions are seen and ended by user and database, which is no failed login", async () => {
    await using server = await startMysql({ flavor, replica: {} });
    await server.admin().query(`
      create database shop; create user app identified by 'right'; grant all on shop.* to app`);
    await server.waitForReplay();
    await using mine = await connect(server, { ...app, database: "shop" });
    await using _other = await connect(server, server.superuser);
    const own = await valueOf(mine, "select connection_id()");
    assert.equal((await server.sessions()).length, 2);
    const session = { id: own, user: "app", database: "shop", state: "idle" };
    // A statement is answered a moment before its session is idle.
    const isIdle = async () => (await server.sessions({ user: "app" }))[0]?.state === "idle";
    await pollUntil(DEADLINE_MS, isIdle, () => "A session without a statement is active.");
    assert.deepEqual(await server.sessions({ user: "app" }), [session]);
    const sleeping = mine.query("select sleep(60)");
    sleeping.catch(() => {});
    await pollUntil(
      DEADLINE_MS,
      async () => (await server.sessions({ database: "shop" }))[0]?.state === "active",
      () => "A session that sleeps in a statement is not active.",
    );
    assert.deepEqual(await server.sessions({ user: "app", database: "mysql" }), []);
    assert.deepEqual(await server.replica!.sessions(), []);
    assert.equal(await server.terminateSessions({ user: "app", database: "shop" }), 1);
    await assert.rejects(sleeping);
    assert.deepEqual(await server.sessions({ user: "app" }), []);
    assert.equal((await server.sessions()).length, 1);
    assert.deepEqual(await server.failedLogins(), []);
  });

  test("the general log has every statement, the binary log every change", async () => {
    await using server = await startMysql({ flavor });
    await server.admin().query("create database shop; create table shop.item (name text)");
    await server.admin().query("insert into shop.item values ('marker of a change')");
    await server.admin().query("select 'marker of a read'");
    const text = (await server.generalLog()).join("\n");
    const changes = new TextDecoder("latin1").decode(await server.binaryLog());
    assert.ok(text.includes("marker of a change"));
    assert.ok(text.includes("marker of a read"));
    assert.ok(changes.includes("marker of a change"));
    assert.ok(!changes.includes("marker of a read"));
  });

  if (isMysql) {
    test("an account may have two passwords", async () => {
      await using server = await startMysql({ flavor, replica: {} });
      const [admin, second] = [server.admin(), { ...app, password: "second" }];
      await admin.query("create user app identified by 'right'");
      await admin.query("alter user app identified by 'second' retain current password");
      await server.waitForReplay();
      for (const node of [server, server.replica!]) {
        for (const login of [app, second]) (await connect(node, login)).destroy();
      }
      await admin.query("alter user app discard old password");
      await server.waitForReplay();
      for (const node of [server, server.replica!]) {
        assert.equal((await failureOf(node, app)).errno, 1045);
        await using _connection = await connect(node, second);
      }
    });
  }
}
