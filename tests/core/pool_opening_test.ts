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

Deno.test("a failed opening fails those who wait only when nothing is alive", async () => {
  const bench = new Bench({ max: 2 });
  bench.dispatch("a"), bench.dispatch("b");
  bench.failedToOpen();
  assert.deepEqual(bench.failed, [], "one is still under way");
  bench.failedToOpen();
  assert.deepEqual(bench.failed, [["a", "NO"], ["b", "NO"]]);
  bench.dispatch("c");
  bench.opened();
  bench.dispatch("d");
  bench.failedToOpen();
  assert.equal(bench.failed.length, 2);
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
