import assert from "node:assert/strict";
import { Bench } from "./pool_fixture.ts";

const pingAfterIdleMs = 1_000;

async function idle(options = {}): Promise<{ bench: Bench; connection: number }> {
  const bench = new Bench({ max: 2, pingAfterIdleMs, ...options });
  bench.dispatch("first");
  const connection = bench.opened();
  bench.settled(connection);
  assert.equal(bench.stateOf(connection), "idle");
  await bench.clock.advance(0);
  return { bench, connection };
}

Deno.test("a connection that was idle for longer than pingAfterIdleMs is pinged before it is used", async () => {
  const { bench, connection } = await idle();
  await bench.clock.advance(pingAfterIdleMs);
  bench.dispatch("second");
  assert.deepEqual(bench.pinging, [connection]);
  assert.equal(bench.served.length, 1);
  bench.pool.pinged(bench.slots.get(connection)!);
  assert.deepEqual(bench.served.at(-1), ["second", connection]);
  assert.equal(bench.openings, 0);
});

Deno.test("a connection that was used meanwhile is not pinged", async () => {
  const { bench, connection } = await idle();
  for (let i = 0; i < 10; i++) {
    await bench.clock.advance(pingAfterIdleMs * 0.4);
    bench.dispatch(`again ${i}`);
    assert.deepEqual(bench.served.at(-1), [`again ${i}`, connection]);
    bench.settled(connection);
  }
  assert.deepEqual(bench.pinging, []);
});

Deno.test("a ping without an answer closes the connection, says so, and another one serves", async () => {
  const { bench, connection } = await idle();
  await bench.clock.advance(pingAfterIdleMs);
  bench.dispatch("second");
  bench.pool.pingFailed(bench.slots.get(connection)!);
  assert.deepEqual(bench.closing, [connection]);
  assert.ok(bench.typesOf().includes("connection-lost"));
  // One event for one loss.
  bench.closed(connection);
  assert.equal(bench.typesOf().filter((type) => type === "connection-lost").length, 1);
  const other = bench.opened();
  assert.deepEqual(bench.served.at(-1), ["second", other]);
});

Deno.test("all that were idle for long are pinged at once, and no statement waits for each in turn", async () => {
  const { bench, connection } = await idle();
  bench.dispatch("holds the first");
  bench.dispatch("second");
  const other = bench.opened();
  bench.settled(connection);
  bench.settled(other);
  await bench.clock.advance(pingAfterIdleMs);
  bench.dispatch("third");
  assert.deepEqual(bench.pinging.sort(), [connection, other].sort());
});

Deno.test("after a freeze every idle connection is pinged, however short it seemed", async () => {
  const { bench, connection } = await idle();
  bench.clock.freeze(60_000);
  await bench.clock.advance(pingAfterIdleMs / 2);
  bench.dispatch("second");
  assert.deepEqual(bench.pinging, [connection]);
});

Deno.test("a pool that is ended looks at nothing any more", async () => {
  const { bench, connection } = await idle();
  const ended = bench.pool.end(1_000);
  bench.closed(connection);
  await ended;
  assert.equal(bench.clock.timers, 0);
});

Deno.test("what else is answered on a connection that is pinged does not put it to work", async () => {
  const { bench, connection } = await idle();
  await bench.clock.advance(pingAfterIdleMs);
  bench.dispatch("second");
  // The driver tells of the answer to the ping twice: all is answered, and this was.
  bench.settled(connection);
  assert.equal(bench.served.length, 1);
  bench.pool.pinged(bench.slots.get(connection)!);
  assert.deepEqual(bench.served.at(-1), ["second", connection]);
  assert.equal(bench.pool.stats().idle, 0);
  // Nobody else is put on it while it works.
  bench.dispatch("third");
  assert.equal(bench.served.length, 2);
});

Deno.test("a ping that is late does not close a connection that went on", async () => {
  const { bench, connection } = await idle();
  await bench.clock.advance(pingAfterIdleMs);
  bench.dispatch("second");
  const slot = bench.slots.get(connection)!;
  bench.pool.pinged(slot);
  bench.pool.pingFailed(slot);
  assert.deepEqual(bench.closing, []);
});

Deno.test("a connection that is lost while it is pinged is replaced for who waits", async () => {
  for (const outcome of ["pinged", "pingFailed"] as const) {
    const { bench, connection } = await idle();
    await bench.clock.advance(pingAfterIdleMs);
    bench.dispatch("second");
    const slot = bench.slots.get(connection)!;
    // The loss is told before the ping ends: until then its answer might have served the waiter.
    bench.closed(connection);
    assert.equal(bench.openings, 0);
    bench.pool[outcome](slot);
    const other = bench.opened();
    assert.deepEqual(bench.served.at(-1), ["second", other]);
  }
});
