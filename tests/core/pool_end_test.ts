import assert from "node:assert/strict";
import { Bench } from "./pool_fixture.ts";

Deno.test("end serves who waits, closes what is idle, and takes no one else", async () => {
  const bench = new Bench({ max: 1 });
  bench.dispatch("a");
  bench.opened();
  bench.dispatch("b");
  const ended = bench.pool.end(5_000);
  assert.equal(bench.pool.end(5_000), ended);
  bench.dispatch("late");
  assert.deepEqual(bench.failed, [["late", "CLOSED"]]);
  bench.settled(1);
  assert.deepEqual(bench.served.at(-1), ["b", 1]);
  bench.settled(1);
  assert.deepEqual(bench.closing, [1]);
  bench.closed(1);
  await ended;
  assert.equal(bench.clock.timers, 0);
});

Deno.test("end of a pool that was never used is immediate", async () => {
  const bench = new Bench();
  await bench.pool.end(5_000);
  assert.equal(bench.clock.timers, 0);
});

Deno.test("end always ends: with waiters, reserved connections and openings that never return", async () => {
  const bench = new Bench({ max: 2, drainMs: 3_000 });
  bench.pool.adopt("v1");
  bench.dispatch("owner", "own"), bench.dispatch("b");
  bench.opened();
  bench.dispatch("c");
  bench.pool.adopt("v2");
  let ended = false;
  void bench.pool.end(1_000).then(() => ended = true);
  await bench.clock.advance(999);
  assert.ok(!ended);
  await bench.clock.advance(1);
  assert.ok(ended);
  assert.deepEqual(bench.failed, [["b", "CLOSED"], ["c", "CLOSED"]]);
  assert.deepEqual(bench.closing, [1]);
  bench.release(1);
  bench.opened();
  assert.deepEqual(bench.closing, [1, 2], "what is opened too late is closed");
  bench.closed(1);
  assert.equal(bench.clock.timers, 0);
});

Deno.test("nothing begins to wait again after the end", async () => {
  const bench = new Bench({ max: 3, drainMs: 10_000 });
  bench.pool.adopt("v1");
  const waiters = ["a", "b", "c"].map((name) => bench.dispatch(name, "own"));
  bench.opened();
  // The second connection comes when nobody waits for it any more.
  for (const waiter of waiters) bench.pool.withdraw(waiter);
  bench.opened();
  void bench.pool.end(100);
  bench.pool.adopt("v2");
  await bench.clock.advance(100);
  bench.closed(1);
  bench.failedToOpen();
  bench.closed(2);
  assert.equal(bench.clock.timers, 0);
});

Deno.test("an unused connection that closes after the end begins no pause", async () => {
  const bench = new Bench({ max: 2 });
  const waiters = ["a", "b"].map((name) => bench.dispatch(name));
  for (const waiter of waiters) bench.pool.withdraw(waiter);
  bench.opened(), bench.opened();
  void bench.pool.end(100);
  await bench.clock.advance(100);
  bench.closed(1);
  assert.equal(bench.clock.timers, 0, "the other one is still to close");
  bench.closed(2);
  assert.equal(bench.clock.timers, 0);
});
