/** What the app's own factory has made shows no password either, not even during the login. */

import assert from "node:assert/strict";
import { inspect } from "node:util";
import mysql from "mysql2/promise";
import { rotatingMysql } from "../../../adapters/mysql2/mod.ts";
import { corePool } from "../../../adapters/mysql2/driver/port.ts";
import { assertNoSecretIn, formsOf } from "../../leaks.ts";
import { startTcpProxy } from "../../servers/tcp_proxy.ts";
import { until } from "../outcome.ts";
import { app, clientHouses, rowsOf } from "./fixture.ts";

for (const house of await clientHouses()) {
  house.test("neither the factory's login nor the driver's pools show the password", async () => {
    await using client = house.client();
    await using proxy = await startTcpProxy(house.server);
    const seen: unknown[] = [];
    const pool = rotatingMysql((login) => {
      const made = mysql.createPool({ database: "app", ...login });
      seen.push(login, made, made.pool);
      return made;
    }, { credentials: client.credentials, host: proxy.host, port: proxy.port, max: 2 });
    try {
      assertNoSecretIn(seen, [app.password]);
      // The server's greeting is not there yet, and the driver has not asked for the password.
      proxy.blackhole();
      const answer = rowsOf(pool.query("select 1 as x"));
      await until(() => proxy.connections === 1, "a login is under way");
      assert.ok(seen.length > 3, "no pool was made");
      const { config } = corePool(seen.at(-2) as mysql.Pool);
      const shown = [
        Deno.inspect(seen, { depth: 20 }),
        inspect(seen, { depth: 20 }),
        // The pool in it leads back to it.
        JSON.stringify({ ...config.connectionConfig, pool: undefined }),
      ];
      for (const form of formsOf(app.password)) {
        for (const text of shown) assert.ok(!text.includes(form));
      }
      proxy.resume();
      assert.deepEqual(await answer, [{ x: 1 }]);
      assertNoSecretIn(seen, [app.password]);
    } finally {
      await pool.end();
    }
    assertNoSecretIn(seen, [app.password]);
  });

  house.test("what the event of a new connection hands out shows no password", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    const seen: unknown[] = [];
    pool.on("connection", (connection) => {
      seen.push(connection);
      assertNoSecretIn(connection, [app.password]);
    });
    await pool.query("select 1");
    assert.equal(seen.length, 1);
    assertNoSecretIn(seen, [app.password]);
  });
}
