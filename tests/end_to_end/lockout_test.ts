/** Accounts that the server locks after three failed logins in a row, rotated under load. */

import assert from "node:assert/strict";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import mysql from "mysql2/promise";
import { rotationStore, secretsManager } from "../../adapters/aws/mod.ts";
import { mysqlTarget, rotatingMysql } from "../../adapters/mysql2/mod.ts";
import { rotate, singleUser } from "../../core/rotation/mod.ts";
import { credentialProvider } from "../../mod.ts";
import { type Flavor, type MysqlServer, mysqlTests, startMysql } from "../servers/mysql/mod.ts";
import { startSecretsManager } from "../servers/secrets_manager/mod.ts";
import { pause } from "./load.ts";

const attempts = 3;
const rotations = 20;
/** From the set step on, for so long only the pending version logs in. */
const gapMs = 300;

/** How each server locks, and the codes of a login that it refuses for that. */
const policies: Readonly<Record<Flavor, { account: string; settings: Record<string, string> }>> = {
  mysql: {
    account: `failed_login_attempts ${attempts} password_lock_time 1`,
    settings: {},
  },
  mariadb: { account: "", settings: { max_password_errors: String(attempts) } },
};
const lockedErrnos = [3955, 4150];

async function loginErrno(server: MysqlServer, user: string, password: string): Promise<number> {
  const { host, port } = server;
  try {
    await (await mysql.createConnection({ host, port, user, password })).end();
    return 0;
  } catch (error) {
    return (error as { errno: number }).errno;
  }
}

for (const flavor of ["mysql", "mariadb"] as const) {
  const test = await mysqlTests(flavor);
  const { account, settings } = policies[flavor];

  test("twenty single-user rotations under load never lock an account that three failed logins lock", async () => {
    await using server = await startMysql({ flavor, settings });
    const admin = server.admin();
    await admin.query(
      `create database shop; create table shop.notes (id int auto_increment primary key)`,
    );
    for (const user of ["control", "app"]) {
      await admin.query(`create user ? identified by 'first' ${account}`, [user]);
      await admin.query("grant all on shop.* to ?", [user]);
    }

    // The control: three bad logins, and the right password is refused.
    for (let n = 0; n < attempts; n++) await loginErrno(server, "control", "wrong");
    assert.ok(lockedErrnos.includes(await loginErrno(server, "control", "first")));

    await using double = await startSecretsManager();
    const client = new SecretsManager(double.clientConfig("app"));
    const { host, port } = server;
    const value = { engine: flavor, host, port, username: "app", password: "first" };
    await client.createSecret({ Name: "app", SecretString: JSON.stringify(value) });
    const codes: string[] = [];
    const credentials = credentialProvider(secretsManager(client, "app"), { ttlMs: 1_000 });
    const pool = rotatingMysql((login) => mysql.createPool({ database: "shop", ...login }), {
      credentials,
      max: 8,
      maxLifetimeMs: 150,
      onEvent: (event) => void (event.type === "login-rejected" && codes.push(event.code)),
    });

    const stop = new AbortController();
    const failures: unknown[] = [];
    let done = 0;
    const work = async () => {
      while (!stop.signal.aborted) {
        await pool.query("insert into notes values ()").then(() => done++, (e) => failures.push(e));
        await pause(2);
      }
    };
    const workers = Array.from({ length: 16 }, work);

    const target = mysqlTarget((login) => mysql.createPool({ ...login }));
    const store = rotationStore(client);
    // The gap: the label moves late.
    const late = {
      ...store,
      promote: async (...args: Parameters<typeof store.promote>) => {
        await pause(gapMs);
        await store.promote(...args);
      },
    };
    for (let n = 0; n < rotations; n++) {
      await rotate("app", { store: late, target, strategy: singleUser() });
      await pause(100);
    }
    stop.abort();
    await Promise.all(workers);
    await pool.end();
    credentials.close();
    client.destroy();

    assert.deepEqual(failures, []);
    assert.ok(done > rotations * 10, `only ${done} statements`);
    const refused = await server.failedLogins();
    const locked = refused.filter(({ user, code }) => user === "app" && code !== "1045");
    assert.deepEqual(locked, []);
    // By design: one of the rotator's for each rotation, and at most one of the app's.
    const ofApp = refused.filter(({ user, database }) => user === "app" && database === "shop");
    assert.ok(ofApp.length >= rotations / 2 && ofApp.length <= rotations, `${ofApp.length} failed`);
    assert.equal(codes.length, ofApp.length);
    const [[row]] = await admin.query<mysql.RowDataPacket[]>(
      "select count(*) as n from shop.notes",
    );
    assert.equal(row!.n, done);
  });
}
