import assert from "node:assert/strict";
import postgres from "postgres";
import { postgresTarget } from "../../adapters/postgres/mod.ts";
import { alternatingUsers, rotate, singleUser } from "../../core/rotation/mod.ts";
import { startPostgres } from "../servers/postgres/mod.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { type App, rotationHouse } from "./fixture.ts";

const house = rotationHouse({ tls: { required: true } });

type Ssl = NonNullable<postgres.Options<Record<never, never>>["ssl"]>;

/** An app of a server that takes nothing but TLS, and the rotator's options for this ssl option. */
async function protectedApp(ssl: Ssl, host = "localhost"): Promise<App> {
  const app = await house.app({ bootstrapped: false, secret: { host } });
  await house.server.admin().unsafe(`
    create role ${app.user} login password '${app.passwords[0]}'`);
  return Object.assign(app, {
    target: postgresTarget((login) =>
      postgres({ database: "postgres", ssl, fetch_types: false, onnotice: () => {}, ...login })
    ),
  });
}

async function assertRefused(app: App, message: RegExp): Promise<void> {
  const verifier = await app.verifier(app.user);
  for (const strategy of [singleUser(), alternatingUsers()]) {
    await assert.rejects(
      rotate(app.secretId, app.options(strategy)),
      (error: Error & { code?: string }) => {
        assert.match(`${error.code} ${error.message}`, message);
        assertNoSecretIn(error, app.passwords);
        return true;
      },
    );
    for (const [id, labels] of Object.entries(await app.labels())) {
      if (!labels.includes("AWSPENDING")) continue;
      await app.store.clearPending(app.secretId, id);
    }
  }
  assert.equal(await app.verifier(app.user), verifier);
  assert.equal(await app.verifier(app.twin), undefined);
}

Deno.test("a certificate of the right authority for the right name is accepted", async () => {
  await using app = await protectedApp({ ca: house.server.tls!.ca });
  const before = await app.verifier(app.user);
  await rotate(app.secretId, app.options(singleUser()));
  assert.notEqual(await app.verifier(app.user), before);
  await rotate(app.secretId, app.options(alternatingUsers()));
  assert.equal((await app.payload("current"))!.username, app.twin);
});

Deno.test("a certificate of another authority is refused", async () => {
  await using app = await protectedApp({ ca: house.server.tls!.otherCa });
  await assertRefused(app, /certificate|UNABLE_TO_VERIFY|UnknownIssuer/i);
});

Deno.test("a certificate for another name is refused", async () => {
  await using app = await protectedApp({ ca: house.server.tls!.ca, servername: "db.invalid" });
  await assertRefused(app, /ALTNAME|NotValidForName/i);
});

Deno.test("a server's address is checked as such when the options say so", async () => {
  const ssl = { ca: house.server.tls!.ca, host: "127.0.0.1" };
  await using app = await protectedApp(ssl, "127.0.0.1");
  await assertRefused(app, /ALTNAME.*127\.0\.0\.1/i);
});

Deno.test("a server without TLS is told nothing in plain text", async () => {
  await using plain = await startPostgres();
  await using app = await protectedApp({ ca: house.server.tls!.ca });
  await app.client.putSecretValue({
    SecretId: app.secretId,
    SecretString: JSON.stringify({
      host: "localhost",
      port: plain.port,
      username: app.user,
      password: app.passwords[0],
    }),
  });
  await assert.rejects(rotate(app.secretId, app.options(singleUser())));
  // Not even a name was given: no session was begun, none was refused.
  assert.deepEqual((await plain.log()).filter((line) => line.includes(app.user)), []);
  assert.deepEqual(await plain.failedLogins(), []);
});

Deno.test("no verified TLS beyond this machine: nothing is sent, whatever the option", async () => {
  for (const ssl of ["require", "allow", "prefer", { rejectUnauthorized: false }] as const) {
    // The name leads nowhere: the refusal comes before anybody is asked for it.
    await using app = await protectedApp(ssl, "db.invalid");
    await assertRefused(app, /TLS_REQUIRED .*accepts any certificate/);
  }
});
