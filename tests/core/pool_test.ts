import assert from "node:assert/strict";
import { type PoolOptions, resolvePoolOptions } from "../../core/pool/options.ts";
import { Bench } from "./pool_fixture.ts";

Deno.test("a pool opens a connection for each waiter, up to max", () => {
  const bench = new Bench({ max: 2 });
  for (const name of ["a", "b", "c"]) bench.dispatch(name);
  assert.equal(bench.openings, 2);
  assert.deepEqual(bench.pool.stats(), {
    versionId: undefined,
    total: 0,
    idle: 0,
    reserved: 0,
    opening: 2,
    draining: 0,
    waiting: 3,
  });
});

Deno.test("waiters are served in the order in which they came", () => {
  const bench = new Bench({ max: 1 });
  for (const name of ["a", "b", "c"]) bench.dispatch(name);
  bench.opened();
  bench.settled(1);
  bench.dispatch("d");
  bench.settled(1);
  bench.settled(1);
  assert.deepEqual(bench.served.map(([name]) => name), ["a", "b", "c", "d"]);
});

Deno.test("idle connections are used in turn", () => {
  const bench = new Bench({ max: 2 });
  bench.dispatch("a");
  bench.dispatch("b");
  bench.opened(), bench.opened();
  bench.settled(1), bench.settled(2);
  for (const name of ["c", "d"]) bench.dispatch(name);
  assert.deepEqual(bench.served.slice(2), [["c", 1], ["d", 2]]);
});

Deno.test("statements share a connection only when no more may be opened", () => {
  const bench = new Bench({ max: 2 });
  bench.dispatch("a", "share", true);
  bench.opened();
  bench.dispatch("b", "share", true);
  assert.equal(bench.openings, 1, "rather opened than shared");
  bench.opened();
  bench.dispatch("c", "share", true);
  bench.dispatch("d", "share", true);
  bench.dispatch("e", "share", false);
  bench.dispatch("f", "share", false);
  bench.dispatch("g");
  assert.deepEqual(bench.served.slice(2), [["c", 1], ["d", 2], ["e", 1], ["f", 2]]);
  assert.equal(bench.pool.stats().waiting, 1, "both are full");
});

Deno.test("several waiters join the connection that comes free, as far as it has room", () => {
  const bench = new Bench({ max: 1 });
  bench.dispatch("a");
  for (const [name, room] of [["b", true], ["c", false], ["d", true]] as const) {
    bench.dispatch(name, "share", room);
  }
  bench.opened();
  bench.settled(1);
  assert.deepEqual(bench.served.map(([name]) => name), ["a", "b", "c"]);
});

Deno.test("an owner has the connection alone until it is released", () => {
  const bench = new Bench({ max: 1 });
  bench.dispatch("owner", "own");
  bench.opened();
  bench.dispatch("b");
  bench.settled(1);
  assert.equal(bench.stateOf(1), "reserved");
  assert.deepEqual(bench.served, [["owner", 1]]);
  bench.release(1);
  assert.deepEqual(bench.served, [["owner", 1], ["b", 1]]);
});

Deno.test("an owner is not served with a connection that others share", () => {
  const bench = new Bench({ max: 1 });
  bench.dispatch("a", "share", true);
  bench.opened();
  bench.dispatch("owner", "own");
  bench.dispatch("c", "share", true);
  assert.deepEqual(bench.served, [["a", 1]]);
  bench.settled(1);
  assert.deepEqual(bench.served, [["a", 1], ["owner", 1]]);
});

Deno.test("a waiter can be taken back once", () => {
  const bench = new Bench({ max: 1 });
  const waiter = bench.dispatch("a");
  assert.ok(bench.pool.withdraw(waiter));
  assert.ok(!bench.pool.withdraw(waiter));
  bench.opened();
  assert.deepEqual(bench.served, []);
  assert.equal(bench.pool.stats().idle, 1);
});

Deno.test("a connection that is retired takes no more work, and closes when it comes back", () => {
  const bench = new Bench({ max: 1 });
  bench.dispatch("a", "share", true);
  bench.opened();
  bench.pool.retire(bench.slots.get(1)!);
  bench.dispatch("b");
  assert.deepEqual(bench.served, [["a", 1]]);
  bench.settled(1);
  assert.deepEqual(bench.closing, [1]);
  bench.settled(1), bench.release(1), bench.pool.discard(bench.slots.get(1)!);
  assert.deepEqual(bench.closing, [1], "closed once");
});

Deno.test("options of the pool out of range are refused by name", () => {
  const wrong: [PoolOptions, RegExp][] = [
    [{ max: 0 }, /max is 0/],
    [{ max: 1.5 }, /max is 1.5/],
    [{ drainMs: -1 }, /drainMs is -1/],
    [{ maxLifetimeMs: 0 }, /maxLifetimeMs is 0/],
    [{ lifetimeJitter: 2 }, /lifetimeJitter is 2/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => resolvePoolOptions(options), { code: "INVALID_OPTION", message });
  }
});
