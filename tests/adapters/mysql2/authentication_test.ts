/** The ways to log in that the servers have. */

import assert from "node:assert/strict";
import { errorOf, wasRejected, withBudget, within } from "../outcome.ts";
import { clientHouses, rowsOf } from "./fixture.ts";

for (const house of await clientHouses({ tls: true })) {
  const { test, flavor } = house;
  const password = 'it\'s "quoted" \\ /+?%&= ü';

  /** Logs in twice as a new user: whom the server knows, it may ask less of. */
  const logsIn = async (plugin: string, tls: boolean) => {
    const admin = house.server.admin();
    const username = `u${crypto.randomUUID().slice(0, 8)}`;
    const identified = flavor === "mysql"
      ? `identified with ${plugin} by ?`
      : `identified via ${plugin} using password(?)`;
    await admin.query(`create user ? ${identified}`, [username, password]);
    await admin.query("grant all on app.* to ?", [username]);
    await using client = house.client({
      stages: { current: { versionId: "v1", username, password } },
      options: { max: 1, loginBudgetMs: 3_000 },
      ...tls && {
        driver: { ssl: { ca: house.server.tls!.ca } },
        at: { host: "localhost", port: house.server.port },
      },
    });
    const { pool } = client;
    for (let n = 0; n < 2; n++) {
      const rows = await within(
        30_000,
        rowsOf(pool.query("select substring_index(current_user(), '@', 1) as user")),
      );
      assert.deepEqual(rows, [{ user: username }]);
      const [status] = await rowsOf(pool.query("show status like 'Ssl_cipher'"));
      assert.equal(status!["Value"] !== "", tls);
      (await pool.getConnection()).destroy();
    }
    assert.deepEqual(client.events.filter(({ type }) => type === "login-rejected"), []);
  };

  const plugins = flavor === "mysql"
    ? ["caching_sha2_password", "sha256_password"]
    : ["mysql_native_password"];
  for (const plugin of plugins) {
    test(`${plugin} over TLS`, () => logsIn(plugin, true));
    // On the loopback; the password itself is encrypted with the server's key where it is sent.
    test(`${plugin} over plain TCP`, () => logsIn(plugin, false));
  }

  test("an authority's certificate that is replaced in the options counts from then on", async () => {
    const { ca, otherCa } = house.server.tls!;
    const ssl = { ca: otherCa };
    await using client = house.client({
      options: { max: 1, loginBudgetMs: 2_000 },
      driver: { ssl },
      at: { host: "localhost", port: house.server.port },
    });
    await assert.rejects(
      client.pool.query("select 1"),
      /certificate|UNABLE_TO_VERIFY|UnknownIssuer/i,
    );
    ssl.ca = ca;
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
  });

  test("a user whom nobody knows is rejected like a wrong password", async () => {
    // The server chooses by the name what it asks of a user that does not exist.
    for (let n = 0; n < 8; n++) {
      const username = `ghost${n}`;
      const rejection = async (loginBudgetMs: number) => {
        await using client = house.client({
          stages: { current: { versionId: "v1", username, password } },
          options: { loginBudgetMs },
        });
        return await errorOf(client.pool.query("select 1"));
      };
      const error = await withBudget(100, rejection, wasRejected);
      assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
      assert.match(error.message, /ER_ACCESS_DENIED_ERROR/);
    }
  });
}
