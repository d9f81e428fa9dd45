import assert from "node:assert/strict";
import { sql as drizzleSql } from "drizzle-orm";
import { isRekeyError, type RekeyErrorCode } from "../../mod.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import { type Client, type ClientOptions, startClient } from "./client.ts";
import { until } from "./events.ts";

const house = rotationHouse();

/** How an error comes about, and what it is known by. */
interface Case {
  readonly code: RekeyErrorCode;
  readonly options?: ClientOptions;
  readonly prepare?: (app: App, client: Client) => unknown;
  /** Whether the error must carry another one. */
  readonly hasCause?: boolean;
}

const budget: ClientOptions = { pool: { loginBudgetMs: 300 }, maxAttempts: 1 };

function put(app: App, change: (json: string) => string | Uint8Array) {
  return app.client.getSecretValue({ SecretId: app.secretId }).then(({ SecretString }) => {
    const changed = change(SecretString!);
    const value = typeof changed === "string"
      ? { SecretString: changed }
      : { SecretBinary: changed };
    return app.client.putSecretValue({ SecretId: app.secretId, ...value });
  });
}

function inject(kind: "outage" | "throttle" | "access-denied" | "internal-error") {
  return (app: App, { accessKeyId }: Client) => app.double.inject({ match: { accessKeyId }, kind });
}

const wrongForAll = (app: App) =>
  app.server.admin().unsafe(`alter role ${app.user} password 'somebody-elses-password'`);

const cases: Readonly<Record<string, Case>> = {
  "every password is wrong": {
    code: "LOGIN_BUDGET_EXHAUSTED",
    options: budget,
    prepare: wrongForAll,
    hasCause: true,
  },
  "the database does not exist": {
    code: "LOGIN_REFUSED",
    options: { driver: { database: "no_such_database" } },
    hasCause: true,
  },
  "the store is down": {
    code: "LOGIN_BUDGET_EXHAUSTED",
    options: budget,
    prepare: inject("outage"),
    hasCause: true,
  },
  "the store throttles": {
    code: "LOGIN_BUDGET_EXHAUSTED",
    options: budget,
    prepare: inject("throttle"),
    hasCause: true,
  },
  "the server is not there": {
    code: "LOGIN_BUDGET_EXHAUSTED",
    options: { pool: { loginBudgetMs: 300, host: "127.0.0.1", port: 1 } },
    hasCause: true,
  },
  "the secret is cut off": {
    code: "INVALID_SECRET",
    prepare: (app) => put(app, (json) => json.slice(0, -1)),
  },
  "the secret is the bare password": {
    code: "INVALID_SECRET",
    prepare: (app) => put(app, () => app.passwords[0]!),
  },
  "the username is missing": {
    code: "INVALID_SECRET",
    prepare: (app) => put(app, (json) => json.replace(`"username"`, `"user"`)),
  },
  "the password stands in the wrong field": {
    code: "INVALID_SECRET",
    prepare: (app) =>
      put(app, (json) => JSON.stringify({ ...JSON.parse(json), port: app.passwords[0] })),
  },
  "the engine is the password": {
    code: "INVALID_SECRET",
    prepare: (app) =>
      put(app, (json) => JSON.stringify({ ...JSON.parse(json), engine: app.passwords[0] })),
  },
  "the secret is of bytes that are no text": {
    code: "INVALID_SECRET",
    prepare: (app) => put(app, (json) => new Uint8Array([255, ...new TextEncoder().encode(json)])),
  },
  "the connection would not be protected": {
    code: "TLS_REQUIRED",
    options: { pool: { host: "192.0.2.1", port: 5432 } },
  },
  "the pool has ended": { code: "CLOSED", prepare: (_app, client) => client.sql.end() },
};

async function thrownBy(work: PromiseLike<unknown>): Promise<Error> {
  return await work.then(() => assert.fail("nothing was thrown"), (error) => error);
}

for (const [what, { code, options, prepare, hasCause }] of Object.entries(cases)) {
  Deno.test(`no error shows the password when ${what}`, async () => {
    await using app = await house.app({
      secret: { password: `it's "quoted" \\ /+?%&=${crypto.randomUUID()}` },
    });
    await using client = startClient(app, "postgres", options);
    await prepare?.(app, client);
    const secrets = [...app.passwords, "somebody-elses-password"];
    const plain = await thrownBy(client.sql`select ${"a parameter"}::text`);
    assert.ok(isRekeyError(plain), String(plain));
    assert.equal(plain.code, code);
    assert.equal(plain.cause !== undefined, hasCause ?? false);
    const begun = await thrownBy(client.sql.begin((tx) => tx`select 1`));
    const drizzles = await thrownBy(client.db.execute(drizzleSql`select ${1}::int`));
    assert.equal(drizzles.name === "DrizzleQueryError" || drizzles.cause !== undefined, true);
    assert.ok(isRekeyError(drizzles.cause));
    assertNoSecretIn(plain, secrets);
    assertNoSecretIn([begun, drizzles, client.events], secrets);
    assertNoSecretIn(new Error("the app's own", { cause: drizzles }), secrets);
  });
}

for (const kind of ["outage", "throttle", "access-denied", "internal-error"] as const) {
  Deno.test(`SOURCE_FAILED carries the SDK's error and no secret, ${kind}`, async () => {
    await using app = await house.app();
    await using client = startClient(app, "postgres", { maxAttempts: 1 });
    inject(kind)(app, client);
    const { credentials } = client;
    for (const work of [credentials.get(), credentials.refresh()]) {
      const error = await thrownBy(work);
      assert.ok(isRekeyError(error) && error.code === "SOURCE_FAILED");
      assert.ok(error.cause instanceof Error);
      // The double takes every secret key: this is the one the SDK was given.
      assertNoSecretIn(error, [...app.passwords, "not-a-secret"]);
    }
  });
}

Deno.test("no error of a killed session shows the password", async () => {
  await using app = await house.app();
  await using client = startClient(app, "postgres");
  const { sql, db } = client;
  const kill = async (count: number) => {
    const busy = async () =>
      (await app.server.sessions({ user: app.user })).filter(({ state }) => state === "active");
    await until(async () => (await busy()).length >= count, "the statements do not run");
    await app.server.terminateSessions({ user: app.user });
  };
  const work = [
    sql`select pg_sleep(30), ${"a parameter"}::text`.execute(),
    sql.begin((tx) => tx`select pg_sleep(30)`),
    db.execute(drizzleSql`select pg_sleep(30)`).execute(),
    db.transaction((tx) => tx.execute(drizzleSql`select pg_sleep(30)`)),
  ];
  const errors = Promise.all(work.map(thrownBy));
  await kill(4);
  const thrown = await errors;
  const marked = thrown.map((error) => (error as { possiblyExecuted?: unknown }).possiblyExecuted);
  assert.ok(marked.includes(true));
  assertNoSecretIn(thrown, app.passwords);
  assertNoSecretIn([client.events, sql, sql.rotation.stats()], app.passwords);
});
