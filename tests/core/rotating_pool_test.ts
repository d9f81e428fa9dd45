import assert from "node:assert/strict";
import type { RekeyEvent } from "../../core/events.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { usual } from "../support/fake_source.ts";
import { FakeClient, ttlMs, World } from "./world.ts";

/** Runs `body` in a world, and looks afterwards for what it left behind. */
async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const world = new World();
  await body(world);
  await world.end();
  assert.equal(world.clock.timers, 0, "timers are left");
  for (const { unsettled, server, events, pool } of world.clients) {
    assert.equal(unsettled, 0, "a statement was lost");
    assert.equal(server.sessions.length, 0, "sessions are left");
    assert.ok(server.mostLoginsInFlight <= 1, "two logins at a time");
    assertNoSecretIn([events, pool.stats()], ["password-of"]);
  }
}

/** Alternating users: both are valid. */
async function alternate({ source, primary, provider }: World, versionId = "v2"): Promise<void> {
  const username = `app_${versionId}`;
  source.rotate(versionId, usual(versionId, username));
  primary.setPassword(username, `password-of-${versionId}`);
  await provider.refresh();
}

function swaps({ events }: FakeClient): string[] {
  const isSwap = (event: RekeyEvent) => event.type.startsWith("swap-");
  return events.filter(isSwap).map((event) => `${event.type} ${(event as { to: string }).to}`);
}

Deno.test("a statement opens a connection, and the next one uses it again", () =>
  inWorld(async (world) => {
    const client = world.client();
    assert.equal(await world.clock.until(client.statement()), "v1");
    assert.equal(await world.clock.until(client.statement()), "v1");
    assert.equal(world.primary.log.length, 1);
    assert.equal(client.pool.stats().versionId, "v1");
  }));

Deno.test("a pushed version is probed first, and adopted in one step", () =>
  inWorld(async (world) => {
    const client = world.client();
    const { clock, primary } = world;
    await clock.until(Promise.all([client.statement(), client.statement()]));
    const busy = client.statement(5_000);
    await alternate(world);
    await clock.advance(100);
    assert.deepEqual(swaps(client), ["swap-started v2", "swap-completed v2"]);
    assert.deepEqual(primary.sessions.map(({ versionId }) => versionId), ["v1", "v2"]);
    assert.equal(await clock.until(client.statement()), "v2");
    assert.equal(await clock.until(busy), "v1", "nothing in use is cut");
    await clock.advance(100);
    assert.deepEqual(primary.sessions.map(({ versionId }) => versionId), ["v2"]);
    assert.equal(primary.failedLogins, 0);
  }));

Deno.test("a probe that is rejected keeps the old generation", () =>
  inWorld(async (world) => {
    const client = world.client();
    const { clock, primary } = world;
    await clock.until(client.statement());
    await alternate(world);
    primary.setPassword("app_v2", "another one");
    await clock.advance(100);
    assert.deepEqual(swaps(client), ["swap-started v2", "swap-aborted v2"]);
    assert.equal(await clock.until(client.statement()), "v1");
    assert.deepEqual(primary.log, ["v1", "!v2"]);
    primary.setPassword("app_v2", "password-of-v2");
    await clock.advance(ttlMs);
    assert.equal(await clock.until(client.statement()), "v2");
  }));

Deno.test("a second push during a probe is probed after it", () =>
  inWorld(async (world) => {
    const client = world.client();
    const { clock } = world;
    await clock.until(client.statement());
    await alternate(world, "v2");
    await clock.advance(2);
    await alternate(world, "v3");
    await clock.advance(200);
    assert.equal(client.pool.stats().versionId, "v3");
    assert.equal(await clock.until(client.statement()), "v3");
  }));

Deno.test("a push while the first connection is being opened is probed as well", () =>
  inWorld(async (world) => {
    const client = world.client();
    const { clock } = world;
    await clock.until(world.provider.get());
    const statement = client.statement();
    await clock.advance(2);
    await alternate(world);
    assert.equal(await clock.until(statement), "v1");
    await clock.advance(100);
    assert.equal(client.pool.stats().versionId, "v2");
    assert.deepEqual(world.primary.sessions.map(({ versionId }) => versionId), ["v2"]);
  }));

Deno.test("when the server has no room for a probe, an idle connection makes place for it", () =>
  inWorld(async (world) => {
    const client = world.client(world.primary, { max: 2 });
    const { clock, primary } = world;
    primary.maxSessions = 2;
    await clock.until(Promise.all([client.statement(), client.statement()]));
    const busy = client.statement(1_000);
    await alternate(world);
    await clock.advance(100);
    assert.deepEqual(swaps(client), ["swap-started v2", "swap-completed v2"]);
    assert.equal(primary.mostSessions, 2);
    await clock.until(busy);
  }));

Deno.test("when the server has no room and nothing is idle, the probe is made later", () =>
  inWorld(async (world) => {
    const client = world.client(world.primary, { max: 1 });
    const { clock, primary } = world;
    primary.maxSessions = 1;
    const busy = client.statement(1_000);
    await clock.advance(100);
    await alternate(world);
    await clock.advance(100);
    assert.deepEqual(swaps(client), ["swap-started v2", "swap-aborted v2"]);
    assert.equal(await clock.until(busy), "v1");
    await clock.advance(ttlMs + 100);
    assert.equal(client.pool.stats().versionId, "v2");
  }));

Deno.test("there are never more than max and one connections, however many swaps follow each other", () =>
  inWorld(async (world) => {
    const client = world.client(world.primary, { max: 2 });
    const { clock, primary } = world;
    const long = [client.statement(60_000, "own"), client.statement(60_000, "own")];
    await clock.advance(50);
    for (const versionId of ["v2", "v3", "v4"]) {
      await alternate(world, versionId);
      await clock.advance(1_000);
    }
    assert.equal(primary.mostSessions, 3);
    await clock.until(Promise.all(long));
    await clock.advance(1_000);
    assert.equal(
      client.pool.stats().versionId,
      "v4",
      "the last one was probed when there was room",
    );
  }));

Deno.test("two pools at one endpoint adopt what one of them probed", () =>
  inWorld(async (world) => {
    const { clock, primary } = world;
    const first = world.client();
    const second = new FakeClient(world, primary, first.endpoint, { max: 2 });
    world.clients.push(second);
    await clock.until(Promise.all([first.statement(), second.statement()]));
    await alternate(world);
    await clock.advance(100);
    assert.equal(first.pool.stats().versionId, "v2");
    assert.equal(second.pool.stats().versionId, "v2");
    assert.deepEqual(swaps(second), ["swap-completed v2"]);
    assert.equal(primary.log.filter((line) => line === "v2").length, 1);
  }));

Deno.test("a session that ends between login and its place in the pool serves nobody", () =>
  inWorld(async (world) => {
    const client = world.client(world.primary, { max: 1 });
    let dying = 2;
    client.onAttach = ({ connection }) => dying-- > 0 && world.primary.end(connection);
    assert.equal(await world.clock.until(client.statement()), "v1");
    assert.equal(world.primary.log.length, 3);
  }));

Deno.test("a connection that fell back to an older version still serves, and is not kept for long", () =>
  inWorld(async (world) => {
    const { clock, source, primary } = world;
    const lagging = world.replica(600_000);
    const client = world.client(primary, { max: 2 });
    await clock.until(client.statement());
    source.rotate("v2");
    primary.setPassword("app", "password-of-v2");
    await world.provider.refresh();
    await clock.advance(100);
    assert.equal(client.pool.stats().versionId, "v2");
    // The next login of the same name meets the other server.
    client.connect = (credential, timeoutMs) => lagging.connect(credential, timeoutMs);
    const held = client.statement(500, "own");
    assert.equal(await clock.until(client.statement()), "v1");
    assert.equal(client.pool.stats().versionId, "v2");
    client.connect = (credential, timeoutMs) => primary.connect(credential, timeoutMs);
    await clock.until(held);
    await clock.advance(ttlMs);
    assert.equal(lagging.sessions.length + primary.sessions.length, 1);
  }));

Deno.test("end closes the searches of those whom nobody waits for", () =>
  inWorld(async (world) => {
    const client = world.client();
    const { clock, primary } = world;
    await clock.until(client.statement());
    await alternate(world);
    primary.refusal = { kind: "connection", code: "ECONNREFUSED" };
    const startedMs = clock.monotonicMs();
    await clock.until(client.pool.end(60_000));
    assert.ok(clock.monotonicMs() - startedMs < 5_000);
  }));

Deno.test("end while a login is under way closes what it brings", () =>
  inWorld(async (world) => {
    const client = world.client();
    const { clock, primary } = world;
    primary.loginMs = 1_000;
    const statement = client.statement();
    await clock.advance(10);
    const ended = client.pool.end(100);
    await clock.advance(100);
    await ended;
    await assert.rejects(statement, { code: "CLOSED" });
    await clock.advance(2_000);
    assert.equal(primary.sessions.length, 0);
  }));
