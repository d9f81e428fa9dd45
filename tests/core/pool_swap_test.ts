import assert from "node:assert/strict";
import { Bench } from "./pool_fixture.ts";

Deno.test("a swap closes what is idle at once, what is busy when it comes back, and cuts nothing", () => {
  const bench = new Bench({ max: 4 });
  bench.pool.adopt("v1");
  bench.dispatch("idle"), bench.dispatch("busy", "share", true);
  bench.dispatch("full"), bench.dispatch("owner", "own");
  for (let i = 0; i < 4; i++) bench.opened();
  bench.settled(1);
  bench.pool.adopt("v2");
  assert.deepEqual(bench.closing, [1]);
  assert.equal(bench.pool.stats().draining, 4);
  bench.dispatch("after");
  assert.equal(bench.served.length, 4, "nothing old takes new work");
  bench.settled(2), bench.settled(3);
  assert.deepEqual(bench.closing, [1, 2, 3]);
  bench.settled(4);
  assert.deepEqual(bench.closing, [1, 2, 3]);
  bench.release(4);
  assert.deepEqual(bench.closing, [1, 2, 3, 4]);
  for (const connection of [1, 2, 3, 4]) bench.closed(connection);
  assert.deepEqual(bench.typesOf(), ["swap-completed", "drain-finished"]);
  bench.opened("v2");
  assert.deepEqual(bench.served.at(-1), ["after", 5]);
});

Deno.test("a drain tells when it is slow, and closes what is left at its deadline", async () => {
  const bench = new Bench({ max: 2, drainMs: 90_000 });
  bench.pool.adopt("v1");
  bench.dispatch("a"), bench.dispatch("b");
  bench.opened(), bench.opened();
  bench.pool.adopt("v2");
  await bench.clock.advance(60_000);
  assert.deepEqual(bench.events.at(-1), {
    type: "drain-slow",
    endpoint: "db:5432",
    remaining: 2,
    durationMs: 60_000,
  });
  bench.settled(1);
  bench.closed(1);
  assert.deepEqual(bench.closing, [1]);
  await bench.clock.advance(30_000);
  assert.deepEqual(bench.closing, [1, 2]);
  bench.closed(2);
  assert.deepEqual(bench.events.at(-1), {
    type: "drain-finished",
    endpoint: "db:5432",
    durationMs: 90_000,
    forced: 1,
  });
  assert.equal(bench.clock.timers, 0);
});

Deno.test("a further swap gives those that it makes old their whole time", async () => {
  const bench = new Bench({ max: 2, drainMs: 10_000, maxLifetimeMs: Infinity });
  bench.pool.adopt("v1");
  bench.dispatch("a"), bench.dispatch("b");
  bench.opened("v1");
  bench.pool.adopt("v2");
  await bench.clock.advance(9_000);
  bench.opened("v2");
  bench.pool.adopt("v3");
  await bench.clock.advance(9_000);
  assert.deepEqual(bench.closing, []);
  await bench.clock.advance(1_000);
  assert.deepEqual(bench.closing, [1, 2]);
  bench.closed(1), bench.closed(2);
  assert.equal(bench.clock.timers, 0);
});

Deno.test("by default nothing in use is ever closed by a swap", async () => {
  const bench = new Bench({ maxLifetimeMs: Infinity });
  bench.pool.adopt("v1");
  bench.dispatch("a");
  bench.opened();
  bench.pool.adopt("v2");
  await bench.clock.advance(86_400_000);
  assert.deepEqual(bench.closing, []);
});

Deno.test("a lifetime ends when the connection is idle, earlier by chance", async () => {
  const bench = new Bench({ max: 2, maxLifetimeMs: 1_000, lifetimeJitter: 0.5 });
  bench.dispatch("a"), bench.dispatch("b");
  bench.opened(), bench.opened();
  bench.settled(1);
  await bench.clock.advance(749);
  assert.deepEqual(bench.closing, []);
  await bench.clock.advance(1);
  assert.deepEqual(bench.closing, [1]);
  bench.closed(1);
  bench.settled(2);
  assert.deepEqual(bench.closing, [1, 2]);
  bench.closed(2);
  assert.equal(bench.clock.timers, 0);
});

Deno.test("a connection that fell back to an older version serves, until its own shorter lifetime ends", async () => {
  const bench = new Bench({ max: 2 });
  bench.pool.adopt("v2");
  bench.dispatch("a");
  bench.underWay.shift();
  bench.pool.opened(7, "v1", 5_000);
  bench.settled(7);
  bench.dispatch("b");
  assert.deepEqual(bench.served, [["a", 7], ["b", 7]]);
  bench.settled(7);
  assert.equal(bench.pool.stats().draining, 0);
  await bench.clock.advance(5_000);
  assert.deepEqual(bench.closing, [7]);
});

Deno.test("a probe is the one connection above max", () => {
  const bench = new Bench({ max: 1 });
  bench.pool.adopt("v1");
  assert.ok(!bench.pool.hasConnections);
  bench.dispatch("a");
  assert.ok(bench.pool.hasConnections);
  bench.opened();
  assert.ok(bench.pool.hasRoomForProbe);
  bench.pool.openProbe();
  assert.ok(!bench.pool.hasRoomForProbe);
  bench.dispatch("b");
  assert.equal(bench.openings, 0);
  bench.pool.adopt("v2");
  bench.underWay.push(0);
  bench.opened("v2");
  assert.deepEqual(bench.served.at(-1), ["b", 2]);
  assert.equal(bench.pool.stats().total, 2);
});

Deno.test("a probe that fails leaves everything as it was, and its room to others", () => {
  const bench = new Bench({ max: 2 });
  bench.pool.adopt("v1");
  bench.dispatch("a");
  bench.opened();
  bench.pool.openProbe();
  bench.dispatch("b");
  assert.equal(bench.openings, 0, "the probe may serve it");
  bench.pool.probeFailed();
  assert.equal(bench.openings, 1);
  assert.deepEqual(bench.closing, []);
});
