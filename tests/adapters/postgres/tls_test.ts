/** TLS with what only postgres.js has: cancels on a connection of their own, `ssl` in words. */

import assert from "node:assert/strict";
import { startPostgres } from "../../servers/postgres/mod.ts";
import { app, clientHouse, type DriverOptions, makeClient } from "./fixture.ts";
import { errorOf, within } from "../outcome.ts";

const house = clientHouse({ tls: { required: true } });

async function failure(driver: DriverOptions, host = "localhost") {
  await using client = house.client({
    at: { host, port: house.server.port },
    driver,
    options: { loginBudgetMs: 3_000 },
  });
  return await within(30_000, errorOf(client.sql`select 1`));
}

Deno.test("a cancel goes over a connection of its own, with TLS as well", async () => {
  const { ca } = house.server.tls!;
  await using client = house.client({
    at: { host: "localhost", port: house.server.port },
    driver: { ssl: { ca } },
  });
  const statement = client.sql`select pg_sleep(20)`;
  const error = errorOf(statement);
  await house.server.admin()`select pg_sleep(0.1)`;
  statement.cancel();
  assert.equal((await within(30_000, error)).code, "57014");
});

Deno.test("verify-full trusts the machine's authorities, and require is refused beyond it", async () => {
  const error = await failure({ ssl: "verify-full" });
  assert.match(`${error.code} ${error.message}`, /certificate|UNABLE|SELF_SIGNED|UnknownIssuer/i);
  assert.equal((await failure({ ssl: "require" }, "192.0.2.1")).code, "TLS_REQUIRED");
  assert.deepEqual(await house.server.failedLogins(), []);
});

Deno.test("a certificate may be checked for a name that the options give", async () => {
  await using other = await startPostgres({ tls: { names: ["db.invalid"] } });
  await other.admin().unsafe(`create role app login password '${app.password}'`);
  const { ca } = other.tls!;
  await using client = makeClient({ host: "localhost", port: other.port }, {
    driver: { ssl: { ca, servername: "db.invalid" } },
  });
  assert.deepEqual([...await within(30_000, client.sql`select 1 as x`)], [{ x: 1 }]);
});
