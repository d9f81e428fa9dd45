import assert from "node:assert/strict";
import type { Timer } from "../../core/clock.ts";
import { retry } from "../../core/resilience/retry.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";

const backoff = { baseMs: 100, capMs: 500 };

/** Notes who would keep the process alive. */
class WatchedClock extends ManualClock {
  keptAlive = 0;

  override setTimer(delayMs: number, fn: () => void, keepAlive = false): Timer {
    if (keepAlive) this.keptAlive++;
    return super.setTimer(delayMs, fn);
  }
}

/** Retries what fails so many times before it succeeds; notes when it was tried. */
function bench(failures: number, waitFirst?: boolean) {
  const clock = new WatchedClock();
  const abort = new AbortController();
  const startedMs = clock.monotonicMs();
  const triedAtMs: number[] = [];
  const attempt = async () => {
    triedAtMs.push(clock.monotonicMs() - startedMs);
    await Promise.resolve();
    if (triedAtMs.length <= failures) throw new Error("refused");
  };
  const random = constantRandom(1);
  const { signal } = abort;
  const options = { clock, random, backoff, signal, ...waitFirst !== undefined && { waitFirst } };
  const ended = retry(attempt, options);
  return { clock, abort, triedAtMs, ended };
}

Deno.test("what succeeds at once is tried once, without a wait", async () => {
  const { clock, triedAtMs, ended } = bench(0);
  await ended;
  assert.deepEqual(triedAtMs, [0]);
  assert.equal(clock.timers, 0);
});

Deno.test("after every failure a longer wait comes, up to the cap", async () => {
  const { clock, triedAtMs, ended } = bench(5);
  await clock.until(ended);
  assert.deepEqual(triedAtMs, [0, 100, 300, 700, 1_200, 1_700]);
});

Deno.test("a retry that waits first does not skip the shortest wait", async () => {
  const { clock, triedAtMs, ended } = bench(2, true);
  await clock.until(ended);
  assert.deepEqual(triedAtMs, [100, 300, 700]);
});

Deno.test("a retry never rejects, even when the attempt throws before its promise", async () => {
  const clock = new ManualClock();
  const { signal } = new AbortController();
  let tries = 0;
  const attempt = () => {
    if (++tries === 1) throw new Error("at once");
    return Promise.resolve();
  };
  const ended = retry(attempt, { clock, random: constantRandom(1), backoff, signal });
  assert.equal(await clock.until(ended), undefined);
  assert.equal(tries, 2);
});

Deno.test("an abort ends a wait at once, and nothing is tried any more", async () => {
  for (const waitFirst of [false, true]) {
    const { clock, abort, triedAtMs, ended } = bench(Infinity, waitFirst);
    await clock.settle();
    const tries = triedAtMs.length;
    assert.equal(clock.timers, 1);
    abort.abort();
    await ended;
    assert.equal(triedAtMs.length, tries);
    assert.equal(clock.timers, 0);
  }
});

Deno.test("an abort during an attempt that fails is the last word", async () => {
  const { clock, abort, triedAtMs, ended } = bench(Infinity);
  abort.abort();
  await ended;
  assert.deepEqual(triedAtMs, [0]);
  assert.equal(clock.timers, 0);
});

Deno.test("what was aborted before is not tried", async () => {
  const abort = new AbortController();
  abort.abort();
  const attempt = () => assert.fail("it was tried");
  const clock = new ManualClock();
  const { signal } = abort;
  await retry(attempt, { clock, random: constantRandom(1), backoff, signal, waitFirst: true });
});

Deno.test("no wait of a retry keeps the process alive", async () => {
  const { clock, ended } = bench(3, true);
  await clock.until(ended);
  assert.equal(clock.keptAlive, 0);
});
