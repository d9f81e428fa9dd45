import assert from "node:assert/strict";
import { alternatingUsers, singleUser } from "../../core/rotation/mod.ts";
import { type App, rotationHouse } from "../rotation/fixture.ts";
import type { Fault } from "../servers/secrets_manager/mod.ts";
import { type Client, type ClientOptions, createDatabase, startClient } from "./client.ts";
import { eventsOf, outages, until } from "./events.ts";
import { Load, pause } from "./load.ts";

const house = rotationHouse();
const ttlMs = 300;
/** Several times to live, and longer than the provider waits before it asks a failing store again. */
const outageMs = 1_500;
/** So short that every connection is replaced several times while the store is away. */
const recycling = { maxLifetimeMs: 250, lifetimeJitter: 0.2 };

interface Scene extends AsyncDisposable {
  readonly app: App;
  readonly client: Client;
  readonly load: Load;
}

async function scene(options: ClientOptions = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const app = stack.use(await house.app());
  const database = await createDatabase(app);
  const client = stack.use(
    startClient(app, database, { maxAttempts: 1, pool: recycling, ...options }),
  );
  const load = stack.use(await Load.start(client.db));
  await load.progress();
  const rest = stack.move();
  return { app, client, load, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** A fault of the app's reads only: the rotator has another access key. */
function inject({ app, client }: Scene, fault: Fault) {
  const match = { accessKeyId: client.accessKeyId, ...fault.match };
  return app.double.inject({ ...fault, match });
}

/** The load goes on through the trouble with new logins, which need no store. */
async function liveThrough({ client, load }: Scene, ms: number): Promise<void> {
  const before = client.sql.rotation.stats().endpoint.accepted;
  const startedMs = performance.now();
  while (performance.now() - startedMs < ms) await load.progress(1);
  const logins = () => client.sql.rotation.stats().endpoint.accepted - before;
  await until(() => logins() >= 4, "connections were not opened meanwhile");
}

/** The pool ends on this version, and it was not left again. */
async function adopts({ client, load }: Scene, versionId: string): Promise<void> {
  await until(
    () =>
      client.sql.rotation.stats().pool.versionId === versionId &&
      client.credentials.stats().versionId === versionId,
    "pool and provider did not adopt the version",
  );
  await load.progress();
  assert.equal(client.sql.rotation.stats().endpoint.versionId, versionId);
}

const outagesOfTheStore: readonly [what: string, fault: Fault, code: RegExp, ClientOptions?][] = [
  ["is down", { match: {}, kind: "outage" }, /^(ECONNRESET|TypeError|UND_ERR_SOCKET|Error)$/],
  ["throttles", { match: {}, kind: "throttle" }, /^ThrottlingException$/, { maxAttempts: 3 }],
  ["denies access", { match: {}, kind: "access-denied" }, /^AccessDeniedException$/],
  [
    "answers too late",
    { match: {}, kind: "latency", until: new Promise(() => {}) },
    /^SOURCE_FAILED$/,
    // A busy machine has a healthy store answer within it.
    { provider: { ttlMs, readTimeoutMs: 2_000 } },
  ],
];

for (const [what, fault, code, options] of outagesOfTheStore) {
  Deno.test(`while the store ${what} no statement fails, and one event tells of it`, async () => {
    await using world = await scene({ maxAttempts: 1, pool: recycling, ...options });
    const { app, client, load } = world;
    using outage = inject(world, fault);
    await liveThrough(world, outageMs);
    await until(
      () => outage.hits >= 2 && eventsOf(client.events, "source-failed").length > 0,
      "the store was not asked twice in vain",
    );
    // Whoever asks for a credential gets the one that is known, at once and every time.
    for (let asked = 0; asked < 3; asked++) await client.credentials.get();
    const { versionId } = client.credentials.peek()!;
    outage[Symbol.dispose]();
    await until(() => outages(client.events).length >= 2, "no event tells of the recovery");

    const failed = eventsOf(client.events, "source-failed");
    assert.equal(failed.length, 1);
    assert.match(failed[0]!.code, code);
    assert.equal(failed[0]!.stage, "current");
    const stale = eventsOf(client.events, "stale-served");
    assert.deepEqual(stale.map((event) => event.versionId), [versionId]);
    await adopts(world, await app.rotateByStore(app.options(alternatingUsers())));
    await load.end();
    assert.equal(outages(client.events).length, 2);
  });
}

Deno.test("a store slower than the time to live is no outage, only late", async () => {
  await using world = await scene();
  const { app, client, load } = world;
  using _slow = inject(world, { match: {}, kind: "latency", ms: 2 * ttlMs });
  await liveThrough(world, outageMs);
  await adopts(world, await app.rotateByStore(app.options(alternatingUsers())));
  await load.end();
  assert.deepEqual(outages(client.events), []);
  assert.deepEqual(eventsOf(client.events, "stale-served"), []);
});

Deno.test("a rotation during an outage is found out when the store is back", async () => {
  await using world = await scene();
  const { app, client, load } = world;
  const outage = inject(world, { match: {}, kind: "outage" });
  const versionId = await app.rotateByStore(app.options(alternatingUsers()));
  await liveThrough(world, outageMs);
  assert.notEqual(client.sql.rotation.stats().pool.versionId, versionId);
  outage.remove();
  await adopts(world, versionId);
  await load.end();
  assert.equal(client.sql.rotation.stats().endpoint.rejected, 0);
});

Deno.test("a policy for AWSCURRENT alone makes logins wait for the end of a rotation", async () => {
  await using world = await scene();
  const { app, client, load } = world;
  const match = { operation: "GetSecretValue" };
  inject(world, { match: { ...match, versionStage: "AWSPENDING" }, kind: "access-denied" });
  inject(world, { match: { ...match, versionStage: "AWSPREVIOUS" }, kind: "access-denied" });
  const options = app.options(singleUser());
  const { store } = options;
  const versionId = await app.rotateByStore({
    ...options,
    store: {
      ...store,
      async promote(...args) {
        // The database accepts the pending version only, and every connection's lifetime ends.
        await pause(2 * recycling.maxLifetimeMs);
        return await store.promote(...args);
      },
    },
  });
  await adopts(world, versionId);
  await load.end();
  assert.deepEqual(outages(client.events), [
    "pending AccessDeniedException",
    "previous AccessDeniedException",
  ]);
  assert.equal(eventsOf(client.events, "search-failed").length, 0);
});

/** Answers every other read of the current version from the state of now, until the end. */
function alternateOldReads(world: Scene): () => Promise<void> {
  const { app: { double }, client: { accessKeyId } } = world;
  const reads = () => double.calls({ accessKeyId, versionStage: "AWSCURRENT" }).length;
  const asOfMs = performance.now();
  let ended = false;
  const alternation = (async () => {
    while (!ended) {
      const match = { versionStage: "AWSCURRENT" };
      using old = inject(world, { match, kind: "stale-read", asOfMs, times: 1 });
      await until(() => ended || old.hits > 0, "the store was not read");
      const before = reads();
      await until(() => ended || reads() > before, "the store was not read again");
    }
  })();
  return () => {
    ended = true;
    return alternation;
  };
}

for (const strategy of [singleUser(), alternatingUsers()]) {
  Deno.test(`when every other read is old the new version is adopted once, ${strategy.name}`, async () => {
    await using world = await scene();
    const { app, client, load } = world;
    // As several nodes of the store that catch up at different times: every other read is old.
    const stopOldReads = alternateOldReads(world);
    const versionId = await app.rotateByStore(app.options(strategy));
    await liveThrough(world, outageMs + 500);
    await stopOldReads();
    await adopts(world, versionId);
    await load.end();
    const changes = eventsOf(client.events, "version-changed").slice(1);
    assert.deepEqual(changes.map(({ to, rolledBack }) => ({ to, rolledBack })), [
      { to: versionId, rolledBack: false },
    ]);
  });
}

Deno.test("after a rotation that the store's reads do not show yet, logins wait for it", async () => {
  await using world = await scene();
  const { app, client, load } = world;
  const stale = inject(world, { match: {}, kind: "stale-read", asOfMs: performance.now() });
  const versionId = await app.rotateByStore(app.options(singleUser()));
  // Until the last connection of the old password is gone.
  await pause(2 * recycling.maxLifetimeMs);
  const { stats } = client.sql.rotation;
  await until(() => stats().endpoint.rejected > 0, "nobody needed the new password");
  stale.remove();
  await adopts(world, versionId);
  await load.end();
  assert.deepEqual(eventsOf(client.events, "search-failed"), []);
});
