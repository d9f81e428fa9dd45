/** Factories of which only this driver knows; nothing is connected. */

import assert from "node:assert/strict";
import callbackStyle from "mysql2";
import mysql from "mysql2/promise";
import { type MysqlFactory, rotatingMysql } from "../../../adapters/mysql2/mod.ts";
import { credentialProvider } from "../../../core/provider/provider.ts";
import { StagedSource } from "../staged_source.ts";
import { app } from "./fixture.ts";

const base = { database: "app" };

/** What a client of this factory throws. */
function faultOf(factory: MysqlFactory<mysql.Pool>): unknown {
  using credentials = credentialProvider(
    new StagedSource({ current: { versionId: "v1", ...app } }),
  );
  try {
    rotatingMysql(factory, { credentials, host: "127.0.0.1", port: 1 });
  } catch (error) {
    return error;
  }
  throw new Error("The factory was accepted.");
}

const faulty: [what: string, make: (login: mysql.PoolOptions) => unknown, says: RegExp][] = [
  ["ignores the login", () => mysql.createPool(base), /does not pass on user/],
  [
    "is made of the module of callbacks",
    (login) => callbackStyle.createPool({ ...base, ...login }),
    /callback style: import mysql from "mysql2\/promise"/,
  ],
  [
    "makes a connection",
    ({ connectionLimit: _1, maxIdle: _2, ...login }) =>
      mysql.createConnection({ ...base, ...login }),
    /pass createPool, not createConnection/,
  ],
  [
    "makes a connection of callbacks",
    ({ connectionLimit: _1, maxIdle: _2, ...login }) =>
      callbackStyle.createConnection({ ...base, ...login }),
    /callback style/,
  ],
  ["makes a cluster", () => mysql.createPoolCluster(), /no pool of mysql2/],
  ["returns an object", () => ({}), /no pool of mysql2/],
  [
    "sets its own password by its other name",
    (login) => mysql.createPool({ ...base, ...login, password1: "static" } as mysql.PoolOptions),
    /password of its own/,
  ],
  [
    "sets its own password by its digest",
    (login) => mysql.createPool({ ...base, ...login, passwordSha1: "x" } as mysql.PoolOptions),
    /password of its own/,
  ],
  [
    "takes a URL with a password",
    (login) => mysql.createPool({ uri: "mysql://nobody:static@elsewhere:1/app", ...login }),
    /password of its own/,
  ],
  [
    "limits the queue",
    (login) => mysql.createPool({ ...base, queueLimit: 5, ...login }),
    /queueLimit.*not supported; leave it out/,
  ],
  [
    "lets nobody wait",
    (login) => mysql.createPool({ ...base, waitForConnections: false, ...login }),
    /waitForConnections.*not supported; leave it out/,
  ],
];

for (const [what, make, message] of faulty) {
  Deno.test(`a factory that ${what} is an invalid option`, async () => {
    const error = faultOf(make as unknown as MysqlFactory<mysql.Pool>);
    assert.throws(
      () => {
        throw error;
      },
      { name: "RekeyError", code: "INVALID_OPTION", message },
    );
    // Whatever it had begun to connect is over.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
}

Deno.test("a factory that takes a URL without a password is fine", async () => {
  using credentials = credentialProvider(
    new StagedSource({ current: { versionId: "v1", ...app } }),
  );
  const pool = rotatingMysql(
    (login) => mysql.createPool({ uri: "mysql://nobody@elsewhere:1/app", ...login }),
    { credentials, host: "127.0.0.1", port: 1 },
  );
  assert.equal(pool.escapeId("id"), "`id`");
  assert.ok(pool instanceof mysql.createPool({}).constructor);
  await pool.end();
});

Deno.test("a driver that keeps its configuration elsewhere is refused, and the versions are named", () => {
  const pool = { pool: {}, getConnection: () => {}, end: () => Promise.resolve() };
  const error = faultOf(() => pool as unknown as mysql.Pool) as Error & { code: string };
  assert.equal(error.code, "UNSUPPORTED_DRIVER");
  assert.match(error.message, /Supported: \d/);
});
