import assert from "node:assert/strict";
import { coded } from "../support/fake_source.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";
import { ttlMs, withCode, withProvider } from "./provider_fixture.ts";

const hour = 3_600_000;

Deno.test("a store that fails leaves the cached credential in use until maxStaleMs", () =>
  withProvider({ maxStaleMs: hour }, async ({ clock, source, provider, eventsOf }) => {
    await provider.get();
    source.failure = coded("ServiceUnavailable");
    await clock.advance(hour - 1_000);
    for (let i = 0; i < 5; i++) assert.equal((await provider.get()).versionId, "v1");
    assert.equal(eventsOf("stale-served").length, 1, "sent once for a run of failures");
    assert.ok(eventsOf("stale-served")[0]!.ageMs >= hour - 1_000);
    assert.equal(provider.stats().state, "stale");
    await clock.advance(2_001);
    await assert.rejects(provider.get(), { code: "SOURCE_FAILED", message: /ServiceUnavailable/ });
    source.failure = undefined;
    await clock.advance(ttlMs);
    await provider.get();
    assert.equal(provider.stats().state, "fresh");
  }));

Deno.test("failures are told once for a run with the same code, and so is their end", () =>
  withProvider({}, async ({ clock, source, provider, eventsOf }) => {
    provider.subscribe(() => {});
    await provider.get();
    source.failure = coded("ThrottlingException");
    await clock.advance(ttlMs * 5);
    assert.deepEqual(eventsOf("source-failed").map(({ code }) => code), ["ThrottlingException"]);
    source.failure = coded("AccessDeniedException");
    await clock.advance(ttlMs * 5);
    assert.equal(eventsOf("source-failed").length, 2);
    const { failures } = provider.stats();
    source.failure = undefined;
    await clock.advance(ttlMs * 2);
    assert.deepEqual(eventsOf("source-recovered").map((event) => event.failures), [failures]);
  }));

Deno.test("after a failure the store is left alone, for longer after each further one", () =>
  withProvider({ negativeTtlMs: 1_000 }, async ({ clock, source, provider }) => {
    source.failure = coded("ServiceUnavailable");
    const gaps: number[] = [];
    let sinceMs = 0;
    for (let ms = 0; ms < 5 * ttlMs; ms += 50) {
      const { reads } = source;
      await assert.rejects(provider.get(), withCode("SOURCE_FAILED"));
      if (source.reads > reads) gaps.push(sinceMs = ms - sinceMs), sinceMs = ms;
      await clock.advance(50);
    }
    // A draw of one half makes three quarters of each wait.
    assert.deepEqual(gaps.slice(1, 7), [750, 1_500, 3_000, 6_000, 12_000, 24_000]);
    for (const gap of gaps.slice(8)) assert.equal(gap, ttlMs * 0.75);
  }));

Deno.test("a store that fails is not asked in a hot loop, whatever the options", async () => {
  for (const draw of [0, 0.999999]) {
    const options = { negativeTtlMs: 0, random: constantRandom(draw) };
    await withProvider(options, async ({ clock, source, provider }) => {
      provider.subscribe(() => {});
      await provider.get();
      source.failure = coded("ServiceUnavailable");
      await clock.advance(ttlMs * 2);
      assert.ok(source.reads < 130, `${source.reads} reads in two minutes`);
      assert.ok(source.reads > 10, `${source.reads} reads in two minutes`);
    });
  }
});

Deno.test("a store that throws the same error again and again is asked again", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    let changes = 0;
    provider.subscribe(() => changes++);
    await provider.get();
    source.failure = coded("ServiceUnavailable");
    await clock.advance(ttlMs * 3);
    assert.ok(provider.stats().failures > 2);
    source.failure = undefined;
    source.rotate("v2");
    await clock.advance(ttlMs);
    assert.equal(changes, 1);
  }));

Deno.test("a read that takes too long is given up, also by a source that ignores its signal", () =>
  withProvider({ readTimeoutMs: 1_000 }, async ({ clock, source, provider }) => {
    source.heedsSignal = false;
    source.delayMs = 10_000;
    const get = assert.rejects(provider.get(), { code: "SOURCE_FAILED", message: /1000 ms/ });
    await clock.advance(1_000);
    await get;
  }));

Deno.test("the late answer of a read given up never replaces a newer one", () =>
  withProvider({ readTimeoutMs: 1_000 }, async ({ clock, source, provider, eventsOf }) => {
    source.heedsSignal = false;
    source.delayMs = 3_000;
    const late = assert.rejects(provider.get(), withCode("SOURCE_FAILED"));
    await clock.advance(1_000);
    await late;
    source.rotate("v2");
    source.delayMs = 0;
    assert.equal((await provider.refresh()).versionId, "v2");
    await clock.advance(5_000);
    assert.equal(provider.peek()?.versionId, "v2");
    assert.deepEqual(eventsOf("version-changed").map(({ to }) => to), ["v2"]);
  }));

Deno.test("while a failing store is asked again, only the one who asks waits for it", () =>
  withProvider({ readTimeoutMs: 5_000 }, async ({ clock, source, provider }) => {
    await provider.get();
    source.delayMs = 60_000;
    await clock.advance(ttlMs);
    const first = provider.get();
    await clock.advance(5_000);
    assert.equal((await first).versionId, "v1");
    await clock.advance(1_000);
    const second = provider.get();
    await clock.advance(100);
    assert.equal(source.inFlight, 1);
    let answered = false;
    void provider.get().then(() => answered = true);
    await clock.settle();
    assert.ok(answered);
    await clock.advance(5_000);
    assert.equal((await second).versionId, "v1");
  }));

Deno.test("of ten thousand callers in one turn only the first waits for a failing store", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    source.failure = coded("Throttled");
    source.delayMs = 100;
    await clock.advance(ttlMs);
    const first = provider.get();
    await clock.advance(100);
    assert.equal((await first).versionId, "v1");
    await clock.advance(2_000);
    let answered = 0;
    const callers = Array.from({ length: 10_000 }, () => provider.get());
    for (const caller of callers) caller.then(() => answered++);
    await clock.settle();
    assert.equal(answered, 9_999);
    await clock.advance(100);
    for (const { versionId } of await Promise.all(callers)) assert.equal(versionId, "v1");
    assert.equal(source.reads, 3);
  }));

Deno.test("a slow store that works hands out no stale credential", () =>
  withProvider({}, async ({ clock, source, provider, eventsOf }) => {
    await provider.get();
    source.rotate("v2");
    source.delayMs = 2_000;
    await clock.advance(ttlMs);
    const gets = [provider.get(), provider.get(), provider.get()];
    await clock.advance(2_000);
    for (const { versionId } of await Promise.all(gets)) assert.equal(versionId, "v2");
    assert.equal(eventsOf("stale-served").length, 0);
  }));

Deno.test("a secret that is no credential keeps the old one, with one event naming the field", () =>
  withProvider({}, async ({ clock, source, provider, eventsOf }) => {
    provider.subscribe(() => assert.fail("nothing usable changed"));
    await provider.get();
    source.putRaw("v2", '{"username":"app","password":{"nested":"password-of-v2"}}');
    source.label("current", "v2");
    await clock.advance(ttlMs * 3);
    assert.equal((await provider.get()).versionId, "v1");
    const [event, ...more] = eventsOf("source-failed");
    assert.deepEqual([event?.code, event?.field, more.length], ["INVALID_SECRET", "password", 0]);
  }));

Deno.test("a secret without a current version says so", () =>
  withProvider({}, async ({ source, provider }) => {
    source.label("current");
    await assert.rejects(provider.get(), withCode("SECRET_NOT_FOUND"));
    // From the negative cache, the same error.
    await assert.rejects(provider.get(), withCode("SECRET_NOT_FOUND"));
  }));

Deno.test("the negative cache answers with errors of this package", () =>
  withProvider({}, async ({ source, provider }) => {
    source.failure = coded("ServiceUnavailable");
    await assert.rejects(provider.get(), withCode("SOURCE_FAILED"));
    await assert.rejects(provider.get(), withCode("SOURCE_FAILED"));
    assert.equal(source.reads, 1);
  }));

Deno.test("nothing that is not awaited rejects unhandled", async () => {
  const unhandled: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    unhandled.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  await withProvider({ readTimeoutMs: 1_000 }, async ({ clock, source, provider }) => {
    provider.subscribe(() => {});
    await provider.get();
    source.failure = coded("ServiceUnavailable");
    await clock.advance(ttlMs * 3);
    source.heedsSignal = false;
    source.delayMs = 3_000;
    await clock.advance(ttlMs * 3);
    await clock.until(provider.read("pending"));
  }).finally(() => removeEventListener("unhandledrejection", note));
  // Rejections are reported after a turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.deepEqual(unhandled, []);
});
