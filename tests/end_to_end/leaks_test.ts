import assert from "node:assert/strict";
import { sql as drizzleSql } from "drizzle-orm";
import postgres from "postgres";
import { assertNoSecretIn } from "../leaks.ts";
import { alternatingUsers, singleUser } from "../../core/rotation/mod.ts";
import { rotatingPostgres } from "../../adapters/postgres/mod.ts";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import { createDatabase, startClient } from "./client.ts";
import { eventsOf, until } from "./events.ts";
import { Load, pause } from "./load.ts";

const house = rotationHouse();

/** An app whose first password changes in every way of writing it down. */
function tellingApp(): Promise<App> {
  return house.app({ secret: { password: `it's "quoted" \\ /+?%&=${crypto.randomUUID()}` } });
}

Deno.test("neither a credential nor its provider shows the password", async () => {
  await using app = await tellingApp();
  await using client = startClient(app, "postgres");
  const { credentials } = client;
  assertNoSecretIn(credentials, app.passwords);
  const credential = await credentials.get();
  assert.equal(credential.password.reveal(), app.passwords[0]);
  assertNoSecretIn(credential, app.passwords);
  assertNoSecretIn(credential.password, app.passwords);
  assertNoSecretIn([credentials, credentials.stats(), credentials.peek()], app.passwords);
  assertNoSecretIn([credentials.get(), credentials.read("current")], app.passwords);
  const others = await Promise.all([credentials.read("previous"), credentials.refresh()]);
  assertNoSecretIn(others, app.passwords);
});

Deno.test("nothing that hangs on sql or db shows the password", async () => {
  await using app = await tellingApp();
  await using client = startClient(app, "postgres");
  const { sql, db } = client;
  for (const when of ["before the first login", "while connected"]) {
    assertNoSecretIn(sql, app.passwords);
    assertNoSecretIn(sql.options, app.passwords);
    assertNoSecretIn([sql.rotation, sql.rotation.stats()], app.passwords);
    assertNoSecretIn(
      [sql.array([1]), sql.json({}), sql("name"), sql.typed("1", 25)],
      app.passwords,
    );
    assertNoSecretIn(db, app.passwords);
    assertNoSecretIn((db as unknown as { $client: unknown }).$client, app.passwords);
    assertNoSecretIn(
      db.select({ n: drizzleSql`1` }).from(drizzleSql`(select 1) one`),
      app.passwords,
    );
    assert.equal((await sql`select 1 as one`)[0]!["one"], 1, when);
  }
});

Deno.test("no statement shows the password, waiting, running, settled or failed", async () => {
  await using app = await tellingApp();
  await using client = startClient(app, "postgres", { pool: { max: 1 } });
  const { sql, db } = client;
  const unsent = sql`select ${1}::int`;
  assertNoSecretIn(unsent, app.passwords);
  // The first one logs in and runs for as long as the administrator has the lock; the others wait.
  const admin = app.server.admin();
  await admin`select pg_advisory_lock(1)`;
  const running = sql`select pg_advisory_lock(1)`.execute();
  const waiting = sql`select 2`.execute();
  assertNoSecretIn([running, waiting], app.passwords);
  const isRunning = async () =>
    (await app.server.sessions({ user: app.user })).some(({ state }) => state === "active");
  await until(isRunning, "the statement was not sent");
  assertNoSecretIn([running, waiting], app.passwords);
  await admin`select pg_advisory_unlock(1)`;
  const rows = [await running, await waiting, await unsent, await db.execute(drizzleSql`select 3`)];
  assertNoSecretIn([running, unsent, rows], app.passwords);
  const failing = sql`select 1 / 0`.execute();
  await assert.rejects(failing);
  assertNoSecretIn(failing, app.passwords);
  const cursor = sql`select * from generate_series(1, 4)`.cursor(2);
  for await (const batch of cursor) assertNoSecretIn([cursor, batch], app.passwords);
});

Deno.test("neither transactions nor reserved connections nor listeners show it", async () => {
  await using app = await tellingApp();
  await using client = startClient(app, "postgres");
  const { sql, db } = client;
  await sql.begin(async (tx) => {
    await tx`select 1`;
    assertNoSecretIn(tx, app.passwords);
    await tx.savepoint((inner) => assertNoSecretIn(inner, app.passwords));
  });
  await db.transaction(async (tx) => {
    await tx.execute(drizzleSql`select 1`);
    assertNoSecretIn(tx, app.passwords);
  });
  const reserved = await sql.reserve();
  assertNoSecretIn(reserved, app.passwords);
  await reserved`select 1`;
  assertNoSecretIn(reserved, app.passwords);
  reserved.release();
  const listening = await sql.listen("news", () => {});
  assertNoSecretIn([listening, sql], app.passwords);
  await listening.unlisten();
});

Deno.test("neither the factory's login nor the driver's instances show the password", async () => {
  await using app = await tellingApp();
  await using client = startClient(app, "postgres");
  const seen: unknown[] = [];
  const sql = rotatingPostgres((login) => {
    const made = postgres({ database: "postgres", onnotice: () => {}, ...login });
    seen.push(login, made, made.options);
    return made;
  }, { credentials: client.credentials, max: 2 });
  try {
    await Promise.all([sql`select pg_sleep(0.05)`, sql`select pg_sleep(0.05)`]);
    assert.ok(seen.length >= 9, "two connections were opened");
    assertNoSecretIn(seen, app.passwords);
  } finally {
    await sql.end();
  }
});

/** What the console is told meanwhile. */
async function toldToConsole(work: () => Promise<void>): Promise<unknown[]> {
  const methods = ["log", "info", "warn", "error", "debug", "table", "trace"] as const;
  const originals = methods.map((method) => console[method]);
  const told: unknown[] = [];
  for (const method of methods) console[method] = (...args: unknown[]) => void told.push(args);
  try {
    await work();
  } finally {
    methods.forEach((method, n) => console[method] = originals[n]!);
  }
  return told;
}

Deno.test("no event of rotations with failures shows a password, and the console is told nothing", async () => {
  await using app = await tellingApp();
  const database = await createDatabase(app);
  await using client = startClient(app, database, {
    maxAttempts: 1,
    pool: { maxLifetimeMs: 200 },
  });
  const { events, sql } = client;
  const told = await toldToConsole(async () => {
    await using load = await Load.start(client.db);
    await load.progress();
    // A gap in which only AWSPENDING logs in.
    const options = app.options(singleUser());
    const promote: typeof options.store.promote = async (...args) => {
      await pause(500);
      await options.store.promote(...args);
    };
    await app.rotateByStore({ ...options, store: { ...options.store, promote } });
    await load.progress();
    // A store that is away, and one that holds garbage in which a password can be read.
    const match = { accessKeyId: client.accessKeyId };
    const outage = app.double.inject({ match, kind: "outage" });
    await until(() => eventsOf(events, "source-failed").length > 0, "the outage was not noticed");
    await until(() => client.credentials.stats().state === "stale", "still fresh");
    await client.credentials.get();
    outage.remove();
    await until(() => eventsOf(events, "source-recovered").length > 0, "not recovered");
    const SecretId = app.secretId;
    const { SecretString } = await app.client.getSecretValue({ SecretId });
    const { length } = eventsOf(events, "source-failed");
    await app.client.putSecretValue({ SecretId, SecretString: SecretString!.slice(0, -1) });
    const noticed = () => eventsOf(events, "source-failed").length > length;
    await until(noticed, "the garbage was not noticed");
    // A version whose password is wrong, and a rotation after it.
    const wrong = JSON.stringify({ ...JSON.parse(SecretString!), password: "wrong-password-0123" });
    await app.client.putSecretValue({ SecretId, SecretString: wrong });
    await until(() => eventsOf(events, "swap-aborted").length > 0, "the wrong one was not tried");
    await app.client.putSecretValue({ SecretId, SecretString: SecretString! });
    await load.progress();
    const versionId = await app.rotateByStore(app.options(alternatingUsers()));
    await until(() => sql.rotation.stats().pool.versionId === versionId, "was not adopted");
    await load.progress();
    await load.end();
    // One that is owned does not end of itself before.
    await assert.rejects(sql.begin(async (tx) => {
      await tx`select 1`;
      await app.server.terminateSessions({ database });
    }));
    await until(() => eventsOf(events, "connection-lost").length > 0, "no connection was lost");
  });
  const types = new Set(events.map(({ type }) => type));
  for (
    const type of [
      "version-changed",
      "source-failed",
      "source-recovered",
      "stale-served",
      "login-rejected",
      "candidate-accepted",
      "swap-started",
      "swap-completed",
      "swap-aborted",
      "connection-lost",
    ] as const
  ) assert.ok(types.has(type), `no event ${type}`);
  assert.ok(app.passwords.length >= 3);
  assertNoSecretIn([events, app.events], [...app.passwords, "wrong-password-0123"]);
  assert.deepEqual(told, []);
});
