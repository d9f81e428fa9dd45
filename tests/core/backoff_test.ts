import assert from "node:assert/strict";
import { delay, systemClock } from "../../core/clock.ts";
import { fullJitter } from "../../core/resilience/backoff.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom, SeededRandom } from "../../adapters/testing/seeded_random.ts";

const options = { baseMs: 100, capMs: 5_000 };

Deno.test("a backoff is drawn from nothing to a ceiling that doubles up to the cap", () => {
  const highest = (attempt: number) => fullJitter(attempt, options, constantRandom(1));
  assert.deepEqual([0, 1, 2, 5, 6, 60].map(highest), [100, 200, 400, 3_200, 5_000, 5_000]);
  assert.equal(fullJitter(9, options, constantRandom(0)), 0);
});

Deno.test("an attempt that no exponent can hold waits for the cap", () => {
  assert.equal(fullJitter(1e9, options, constantRandom(1)), 5_000);
});

Deno.test("the least wait holds at every attempt", () => {
  const random = new SeededRandom(7);
  for (let attempt = 0; attempt < 100; attempt++) {
    const ms = fullJitter(attempt, { ...options, leastMs: 25 }, random);
    assert.ok(ms >= 25 && ms <= 5_000);
  }
});

Deno.test("a delay ends by time, by abort, and at once when it was aborted before", async () => {
  const clock = new ManualClock();
  let ended = 0;
  const end = () => void ended++;
  void delay(clock, 100).then(end);
  const abort = new AbortController();
  void delay(clock, 1_000, abort.signal).then(end);
  await clock.advance(100);
  assert.equal(ended, 1);
  abort.abort();
  await clock.settle();
  assert.equal(ended, 2);
  await delay(clock, 1_000, abort.signal);
  assert.equal(clock.timers, 0);
});

Deno.test("a timer that no runtime can hold in one piece does not run at once", async () => {
  const timers = [2 ** 31, Infinity].map((ms) =>
    systemClock.setTimer(ms, () => assert.fail("it ran"))
  );
  // An overflowing timeout would run before this one.
  await new Promise((resolve) => setTimeout(resolve, 5));
  timers.forEach((timer) => timer.cancel());
});
