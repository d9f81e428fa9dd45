import assert from "node:assert/strict";
import type { Waiter } from "../../core/pool/waiter.ts";
import { Bench } from "./pool_fixture.ts";

Deno.test("a connection that is lost is told, and replaced for those who wait", () => {
  const bench = new Bench({ max: 1 });
  bench.dispatch("a");
  bench.opened();
  bench.dispatch("b");
  bench.closed(1);
  bench.closed(1);
  assert.deepEqual(bench.typesOf(), ["connection-lost"]);
  assert.equal(bench.openings, 1);
  bench.opened();
  assert.deepEqual(bench.served.at(-1), ["b", 2]);
});

Deno.test("a failed opening fails those who waited for it, when no connection will serve them", () => {
  const bench = new Bench({ max: 2 });
  bench.dispatch("a"), bench.dispatch("b"), bench.dispatch("x");
  bench.failedToOpen();
  assert.deepEqual(bench.failed, [["a", "NO"]], "the others came after it had begun");
  assert.equal(bench.openings, 2, "one more, in its place");
  bench.failedToOpen();
  assert.deepEqual(bench.failed, [["a", "NO"], ["b", "NO"]]);
  bench.opened();
  assert.deepEqual(bench.served, [["x", 1]]);
  bench.closed(1);
});

Deno.test("those who wait are told in time, although others keep coming and openings overlap", async () => {
  const budgetMs = 1_000, everyMs = 50;
  const bench = new Bench({ max: 5 });
  const came = new Map<string, number>();
  const waits: number[] = [];
  const begun: number[] = [];
  for (let nowMs = 0; nowMs < 20 * budgetMs; nowMs += everyMs) {
    const name = `at ${nowMs}`;
    came.set(name, nowMs);
    bench.dispatch(name);
    while (begun.length < bench.openings) begun.push(nowMs);
    while (begun[0]! <= nowMs - budgetMs) {
      begun.shift();
      bench.failedToOpen();
      while (begun.length < bench.openings) begun.push(nowMs);
    }
    for (const [name] of bench.failed.splice(0)) waits.push(nowMs - came.get(name)!);
    await bench.clock.advance(everyMs);
  }
  assert.ok(waits.length > 300, `${waits.length} were told`);
  assert.ok(Math.max(...waits) <= 2 * budgetMs, `one waited for ${Math.max(...waits)} ms`);
  assert.ok(Math.min(...waits) >= budgetMs, `one waited for only ${Math.min(...waits)} ms`);
});

Deno.test("an owner who keeps his connection does not keep others waiting for ever", () => {
  const bench = new Bench({ max: 2 });
  bench.dispatch("owner", "own");
  bench.opened();
  bench.dispatch("a"), bench.dispatch("b");
  bench.failedToOpen();
  assert.deepEqual(bench.failed, [["a", "NO"]], "b came after the opening had begun");
  bench.release(1);
  assert.deepEqual(bench.served.at(-1), ["b", 1]);
});

Deno.test("a failed opening fails nobody while a connection will serve them", async () => {
  const bench = new Bench({ max: 2 });
  bench.dispatch("c");
  bench.opened();
  bench.dispatch("d");
  bench.failedToOpen();
  assert.deepEqual(bench.failed, []);
  bench.settled(1);
  assert.deepEqual(bench.served.at(-1), ["d", 1]);
  await bench.clock.advance(10_000);
  assert.equal(bench.openings, 0);
});

Deno.test("an opening that fails again and again does not spin", async () => {
  const bench = new Bench({ max: 2, maxLifetimeMs: Infinity });
  bench.dispatch("a");
  bench.opened();
  bench.dispatch("b");
  let failures = 0;
  for (let ms = 0; ms < 60_000; ms += 50) {
    while (bench.openings > 0) bench.failedToOpen(), failures++;
    bench.dispatch(`at ${ms}`);
    await bench.clock.advance(50);
  }
  assert.ok(failures > 5 && failures < 25, `${failures} openings in a minute`);
});

Deno.test("a server that ends every new connection is not asked in a hot loop, and those who wait are told", async () => {
  const bench = new Bench({ max: 1, maxLifetimeMs: Infinity });
  bench.onAttach = (slot) => bench.pool.closed(slot);
  bench.dispatch("a");
  let openings = 0;
  for (let ms = 0; ms < 30_000; ms += 50) {
    while (bench.openings > 0) bench.opened(), openings++;
    await bench.clock.advance(50);
  }
  assert.equal(openings, 5);
  assert.deepEqual(bench.failed, [["a", "LOGIN_REFUSED"]]);
  assert.equal(bench.served.length, 0, "a connection that is gone serves nobody");
  bench.onAttach = () => {};
  bench.dispatch("b");
  bench.opened();
  assert.deepEqual(bench.served.map(([name]) => name), ["b"]);
});

Deno.test("a connection that is lost while it serves takes no more work", () => {
  const bench = new Bench({ max: 1 });
  const deadly = (name: string): Waiter<number> => ({
    kind: "share",
    serve: (slot) => {
      bench.served.push([name, slot.connection]);
      bench.pool.closed(slot);
      return true;
    },
    fail: () => {},
  });
  bench.pool.dispatch(deadly("a"));
  bench.pool.dispatch(deadly("b"));
  bench.opened();
  assert.deepEqual(bench.served, [["a", 1]]);
  assert.equal(bench.stateOf(1), "gone");
  bench.opened();
  bench.dispatch("c");
  assert.deepEqual(bench.served.slice(1), [["b", 2]]);
  bench.opened();
  assert.deepEqual(bench.served.at(-1), ["c", 3]);
});
