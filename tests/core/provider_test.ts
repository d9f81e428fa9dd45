import assert from "node:assert/strict";
import { credentialProvider } from "../../core/provider/provider.ts";
import { coded, FakeSource } from "../support/fake_source.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";
import { refreshAheadMs, ttlMs, withCode, withProvider } from "./provider_fixture.ts";

Deno.test("the provider answers from its cache until the TTL is over", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    source.rotate("v2");
    await clock.advance(ttlMs - 2 * refreshAheadMs);
    assert.equal((await provider.get()).versionId, "v1");
    assert.equal(source.reads, 1);
    await clock.advance(2 * refreshAheadMs);
    assert.equal((await provider.get()).versionId, "v2");
    assert.equal(source.reads, 2);
  }));

Deno.test("the provider does not care for a wall clock that is set back", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    clock.jumpWall(-86_400_000);
    await provider.get();
    assert.equal(source.reads, 1);
    await clock.advance(ttlMs);
    await provider.get();
    assert.equal(source.reads, 2);
  }));

Deno.test("ten thousand callers share one read", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    source.delayMs = 100;
    const cold = Array.from({ length: 10_000 }, () => provider.get());
    assert.equal(new Set(cold).size, 1, "a promise for each caller");
    await clock.advance(100);
    for (const { versionId } of await Promise.all(cold)) assert.equal(versionId, "v1");
    assert.equal(source.reads, 1);
    await clock.advance(ttlMs);
    source.rotate("v2");
    const warm = Array.from({ length: 10_000 }, () => provider.get());
    await clock.advance(100);
    for (const { versionId } of await Promise.all(warm)) assert.equal(versionId, "v2");
    assert.equal(source.reads, 2);
    assert.equal(source.mostInFlight, 1);
  }));

Deno.test("nobody waits at expiry, because the credential is read again before", async () => {
  for (const draw of [0, 0.5, 0.999999]) {
    await withProvider({ random: constantRandom(draw) }, async ({ clock, source, provider }) => {
      await provider.get();
      source.delayMs = 1_000;
      const aheadMs = ttlMs - refreshAheadMs * (1 + draw);
      await clock.advance(aheadMs - 1);
      await provider.get();
      assert.equal(source.reads, 1, "read too early");
      await clock.advance(1);
      await provider.get();
      assert.equal(source.reads, 2, "read too late");
      await clock.advance(ttlMs - aheadMs);
      await provider.get();
      assert.equal(source.reads, 2, "somebody had to wait");
    });
  }
});

Deno.test("ten thousand callers at expiry wait for nobody, and cost one read", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    source.delayMs = 1_000;
    source.rotate("v2");
    await clock.advance(ttlMs - refreshAheadMs);
    let answered = 0;
    const ask = async () => {
      const callers = Array.from({ length: 10_000 }, () => provider.get());
      for (const caller of callers) caller.then(() => answered++);
      await clock.settle();
      return Promise.all(callers);
    };
    for (const { versionId } of await ask()) assert.equal(versionId, "v1");
    assert.equal(answered, 10_000, "somebody waits while the store is read ahead");
    await clock.advance(refreshAheadMs);
    for (const { versionId } of await ask()) assert.equal(versionId, "v2");
    assert.equal(answered, 20_000, "somebody waits at expiry");
    assert.equal(source.reads, 2);
  }));

Deno.test("ten thousand hits in one turn make no promise of their own, and read the clocks once", () => {
  const clock = new CountingClock();
  return withProvider({ clock }, async ({ provider }) => {
    const credential = await provider.get();
    assert.equal(provider.peek(), credential);
    clock.reads = 0;
    const hit = provider.get();
    for (let i = 1; i < 10_000; i++) {
      if (provider.get() !== hit) assert.fail(`hit ${i} made a promise`);
    }
    assert.equal(clock.reads, 2, "the monotonic clock and the wall clock");
    await hit;
    await clock.advance(ttlMs);
    await provider.get();
    assert.ok(clock.reads > 2, "the next turn did not look at the clocks");
    clock.reads = 0;
    for (let i = 0; i < 100; i++) provider.peek();
    assert.equal(clock.reads, 0, "peek reads a clock");
    provider.close();
  });
});

Deno.test("close is heard by whoever asks later in the same turn", () =>
  withProvider({}, async ({ provider }) => {
    await provider.get();
    const before = provider.get();
    provider.close();
    await assert.rejects(provider.get(), withCode("CLOSED"));
    assert.equal((await before).versionId, "v1");
  }));

Deno.test("background reads are a third of the TTL apart or more, whatever the draw", async () => {
  for (const draw of [0, 0.999999]) {
    const options = { refreshAheadMs: ttlMs / 3, random: constantRandom(draw) };
    await withProvider(options, async ({ clock, source, provider }) => {
      provider.subscribe(() => {});
      await provider.get();
      await clock.advance(ttlMs * 10);
      assert.ok(source.reads <= 31, `${source.reads} reads`);
      assert.ok(source.reads >= 10, `${source.reads} reads`);
    });
  }
});

Deno.test("while nobody listens the store is read only for those who ask", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    const unsubscribe = provider.subscribe(() => {});
    await clock.advance(ttlMs);
    assert.equal(source.reads, 2);
    unsubscribe();
    assert.equal(clock.timers, 0);
    await clock.advance(ttlMs * 10);
    assert.equal(source.reads, 2);
  }));

Deno.test("peek shows what is cached without reading", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    assert.equal(provider.peek(), undefined);
    await provider.get();
    await clock.advance(ttlMs * 2);
    assert.equal(provider.peek()?.versionId, "v1");
    assert.equal(source.reads, 1);
  }));

Deno.test("everybody who asks for a refresh during a read shares the one that follows it", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    source.delayMs = 100;
    const first = provider.get();
    await clock.advance(50);
    source.rotate("v2");
    const hinted = Array.from({ length: 100 }, () => provider.refresh("event"));
    await clock.advance(50);
    assert.equal((await first).versionId, "v1");
    await clock.advance(100);
    for (const { versionId } of await Promise.all(hinted)) assert.equal(versionId, "v2");
    assert.equal(source.reads, 2);
  }));

Deno.test("a refresh says in the event why the store was read", () =>
  withProvider({}, async ({ source, provider, eventsOf }) => {
    await provider.get();
    source.rotate("v2");
    await provider.refresh("RotationSucceeded");
    const changes = eventsOf("version-changed").map(({ from, to, reason }) => [from, to, reason]);
    assert.deepEqual(changes, [[undefined, "v1", "first"], ["v1", "v2", "RotationSucceeded"]]);
  }));

Deno.test("a read of another stage tells apart nothing there, denied and found", () =>
  withProvider({}, async ({ source, provider, eventsOf }) => {
    assert.equal(await provider.read("pending"), undefined);
    assert.equal(eventsOf("source-failed").length, 0);
    source.denied.add("pending");
    assert.equal(await provider.read("pending"), undefined);
    assert.equal(await provider.read("pending"), undefined);
    const [denied, ...more] = eventsOf("source-failed");
    assert.deepEqual([denied?.stage, denied?.code], ["pending", "AccessDeniedException"]);
    assert.equal(more.length, 0, "sent once for a run of failures");
    source.denied.clear();
    source.create("v2");
    assert.equal((await provider.read("pending"))?.versionId, "v2");
    assert.equal(eventsOf("source-recovered")[0]?.failures, 2);
  }));

Deno.test("close ends timers and reads, and nothing is read afterwards", async () => {
  const clock = new ManualClock();
  const source = new FakeSource(clock);
  const provider = credentialProvider(source, { ttlMs, clock });
  provider.subscribe(() => {});
  await provider.get();
  source.delayMs = 1_000;
  const pending = [provider.refresh(), provider.refresh(), provider.read("previous")];
  pending.slice(0, 2).forEach((refresh) => refresh.catch(() => {}));
  await clock.advance(10);
  const { reads } = source;
  provider.close();
  await clock.advance(ttlMs * 10);
  assert.equal(clock.timers, 0);
  assert.equal(source.inFlight, 0);
  assert.equal(source.reads, reads);
  await assert.rejects(pending[0]!, withCode("CLOSED"));
  await assert.rejects(pending[1]!, withCode("CLOSED"));
  assert.equal(await pending[2], undefined);
  await assert.rejects(provider.get(), withCode("CLOSED"));
  await assert.rejects(provider.refresh(), withCode("CLOSED"));
  assert.equal(await provider.read("current"), undefined);
  assert.equal(provider.stats().state, "closed");
});

Deno.test("observers and listeners that throw are harmless", () =>
  withProvider(
    {
      onEvent: () => {
        throw new Error("observer");
      },
    },
    async ({ clock, source, provider }) => {
      const heard: string[] = [];
      provider.subscribe(() => {
        throw new Error("listener");
      });
      provider.subscribe(({ versionId }) => void heard.push(versionId));
      await provider.get();
      source.rotate("v2");
      await clock.advance(ttlMs);
      source.rotate("v3");
      await clock.advance(ttlMs);
      assert.deepEqual(heard, ["v2", "v3"]);
    },
  ));

Deno.test("options out of range are refused by name", () => {
  const source = new FakeSource(new ManualClock());
  const wrong: [object, RegExp][] = [
    [{ ttlMs: 0 }, /ttlMs is 0/],
    [{ ttlMs: NaN }, /ttlMs is NaN/],
    [{ ttlMs: 1_000, refreshAheadMs: 400 }, /refreshAheadMs is 400.*third of ttlMs \(1000\)/],
    [{ maxStaleMs: -1 }, /maxStaleMs is -1/],
    [{ negativeTtlMs: "5" }, /negativeTtlMs is 5/],
    [{ readTimeoutMs: 0 }, /readTimeoutMs is 0/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => credentialProvider(source, options), { code: "INVALID_OPTION", message });
  }
  const notASource = { read: undefined, name: "x" } as unknown as FakeSource;
  assert.throws(() => credentialProvider(notASource), { code: "INVALID_OPTION" });
});

Deno.test("a source that throws at once is one that fails", () =>
  withProvider({}, async ({ source, provider, clock }) => {
    source.read = () => {
      throw coded("Thrown");
    };
    await assert.rejects(provider.get(), { code: "SOURCE_FAILED", message: /Thrown/ });
    await clock.settle();
  }));

/** Counts how often it is asked for the time. */
class CountingClock extends ManualClock {
  reads = 0;

  override monotonicMs(): number {
    this.reads++;
    return super.monotonicMs();
  }

  override wallMs(): number {
    this.reads++;
    return super.wallMs();
  }
}
