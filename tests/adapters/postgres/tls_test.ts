/** TLS: who is trusted, by name. */

import assert from "node:assert/strict";
import { clientHouse, type DriverOptions } from "./fixture.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";
import { app, makeClient } from "./fixture.ts";
import { errorOf, within } from "../outcome.ts";

const house = clientHouse({ tls: { required: true } });

const at = () => ({ host: "localhost", port: house.server.port });

async function failure(driver: DriverOptions, host?: string) {
  await using client = house.client({
    at: { ...at(), ...host !== undefined && { host } },
    driver,
    options: { loginBudgetMs: 3_000 },
  });
  return await within(5_000, errorOf(client.sql`select 1`));
}

Deno.test("the right authority and name are accepted, and everything works", async () => {
  const { ca } = house.server.tls!;
  await using client = house.client({ at: at(), driver: { ssl: { ca } } });
  const { sql } = client;
  const [row] = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
  assert.equal(row!.ssl, true);
  // A cancel goes over a connection of its own, with TLS as well.
  const statement = sql`select pg_sleep(20)`;
  const error = errorOf(statement);
  await house.server.admin()`select pg_sleep(0.1)`;
  statement.cancel();
  assert.equal((await within(5_000, error)).code, "57014");
  const killed = errorOf(sql`select pg_sleep(20)`);
  await house.server.admin()`select pg_sleep(0.1)`;
  await house.server.terminateSessions({ user: "app" });
  assert.equal((await within(5_000, killed)).possiblyExecuted, true);
  assert.deepEqual([...await within(5_000, sql`select 1 as x`)], [{ x: 1 }]);
});

Deno.test("another authority is refused, and no password is sent", async () => {
  const error = await failure({ ssl: { ca: house.server.tls!.otherCa } });
  assert.match(`${error.code} ${error.message}`, /certificate|UNABLE|SELF_SIGNED|UnknownIssuer/i);
  const strict = await failure({ ssl: "verify-full" });
  assert.match(`${strict.code} ${strict.message}`, /certificate|UNABLE|SELF_SIGNED|UnknownIssuer/i);
  assert.deepEqual(await house.server.failedLogins(), []);
});

Deno.test("another name is refused", async () => {
  await using other = await startPostgres({ tls: { names: ["db.invalid"] } });
  await other.admin().unsafe(`create role app login password '${app.password}'`);
  const { ca } = other.tls!;
  await using client = makeClient({ host: "localhost", port: other.port }, {
    driver: { ssl: { ca } },
    options: { loginBudgetMs: 3_000 },
  });
  const error = await within(5_000, errorOf(client.sql`select 1`));
  assert.match(`${error.code} ${error.message}`, /ALTNAME|NotValidForName|certificate/i);
  // By its name it is trusted.
  await using named = makeClient({ host: "localhost", port: other.port }, {
    driver: { ssl: { ca, servername: "db.invalid" } },
  });
  assert.deepEqual([...await within(5_000, named.sql`select 1 as x`)], [{ x: 1 }]);
});

Deno.test("beyond this machine, what does not verify is refused before anything is sent", async () => {
  // An address for documentation: nobody is there.
  for (const ssl of ["require", false] as const) {
    const error = await failure({ ssl }, "192.0.2.1");
    assert.equal(error.code, "TLS_REQUIRED", String(ssl));
  }
  // For an address the driver would have the certificate checked for "localhost".
  const error = await failure({ ssl: { ca: house.server.tls!.ca } }, "192.0.2.1");
  assert.equal(error.code, "TLS_REQUIRED");
  assert.match(error.message, /192\.0\.2\.1/);
});
