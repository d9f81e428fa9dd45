import assert from "node:assert/strict";
import { retry } from "../../core/resilience/retry.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";

function bench(failures: number, waitFirst = false) {
  const clock = new ManualClock();
  const abort = new AbortController();
  const triedMs: number[] = [];
  const startMs = clock.monotonicMs();
  let ended = false;
  const { signal } = abort;
  const options = { clock, random: constantRandom(1), signal, waitFirst };
  const attempt = () => {
    triedMs.push(clock.monotonicMs() - startMs);
    return triedMs.length > failures ? Promise.resolve() : Promise.reject(new Error("no"));
  };
  void retry(attempt, { ...options, backoff: { baseMs: 100, capMs: 350 } }).then(() =>
    ended = true
  );
  return { clock, abort, triedMs, ended: () => ended };
}

Deno.test("a retry waits longer each time, up to the cap, and ends with the first success", async () => {
  const { clock, triedMs, ended } = bench(4);
  await clock.advance(10_000);
  assert.deepEqual(triedMs, [0, 100, 300, 650, 1_000]);
  assert.ok(ended());
  assert.equal(clock.timers, 0);
});

Deno.test("a retry that is to wait first does", async () => {
  const { clock, triedMs, ended } = bench(0, true);
  await clock.advance(99);
  assert.deepEqual(triedMs, []);
  await clock.advance(1);
  assert.deepEqual(triedMs, [100]);
  assert.ok(ended());
});

Deno.test("a retry that is aborted ends at once, tries nothing more, and leaves no timer", async () => {
  const { clock, abort, triedMs, ended } = bench(Infinity);
  await clock.advance(150);
  abort.abort();
  await clock.settle();
  assert.ok(ended());
  assert.equal(clock.timers, 0);
  await clock.advance(10_000);
  assert.deepEqual(triedMs, [0, 100]);
});
