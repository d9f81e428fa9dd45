import assert from "node:assert/strict";
import type { Credential } from "../../core/credential.ts";
import { coded } from "../support/fake_source.ts";
import { ttlMs, withCode, withProvider } from "./provider_fixture.ts";

const hour = 3_600_000;

Deno.test("listeners hear only when the version under current changed", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    const heard: string[] = [];
    provider.subscribe(({ versionId }) => void heard.push(versionId));
    await provider.get();
    await clock.advance(ttlMs * 3);
    assert.deepEqual(heard, [], "the first version is no change");
    source.create("v2");
    await provider.read("pending");
    await clock.advance(ttlMs * 3);
    assert.deepEqual(heard, [], "a pending version is not current");
    source.finish();
    await clock.advance(ttlMs);
    assert.deepEqual(heard, ["v2"]);
    await provider.refresh();
    assert.deepEqual(heard, ["v2"]);
  }));

Deno.test("a function that listens twice is two subscriptions", () =>
  withProvider({}, async ({ source, provider }) => {
    let heard = 0;
    const listener = () => void heard++;
    const first = provider.subscribe(listener);
    provider.subscribe(listener);
    await provider.get();
    first();
    source.rotate("v2");
    await provider.refresh();
    assert.equal(heard, 1);
  }));

Deno.test("a listener that asks is given what it was told of, however many ask meanwhile", () =>
  withProvider({}, async ({ source, provider }) => {
    await provider.get();
    const asked: Promise<Credential>[] = [];
    provider.subscribe(() => asked.push(provider.get()));
    source.rotate("v2");
    let read = false;
    const refreshed = provider.refresh().then(() => read = true);
    // Somebody has just asked whenever the read ends.
    while (!read) await provider.get();
    await refreshed;
    assert.deepEqual((await Promise.all(asked)).map(({ versionId }) => versionId), ["v2"]);
  }));

Deno.test("a single stale read after a change does not move back", () =>
  withProvider({}, async ({ clock, source, provider, eventsOf }) => {
    provider.subscribe(() => {});
    await provider.get();
    source.rememberLabels();
    source.rotate("v2");
    await provider.refresh();
    source.staleReads = 1;
    assert.equal((await provider.refresh()).versionId, "v2");
    await clock.advance(ttlMs);
    assert.equal((await provider.get()).versionId, "v2");
    assert.deepEqual(eventsOf("version-changed").map(({ to }) => to), ["v1", "v2"]);
  }));

Deno.test("stale reads within a moment do not move back, however many", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    source.rememberLabels();
    source.rotate("v2");
    await provider.refresh();
    source.staleReads = 9;
    for (let i = 0; i < 9; i++) {
      await clock.advance(100);
      assert.equal((await provider.refresh()).versionId, "v2");
    }
    await clock.advance(ttlMs);
    assert.equal((await provider.get()).versionId, "v2");
  }));

Deno.test("a roll-back that lasts is believed after a second, and told", () =>
  withProvider({}, async ({ clock, source, provider, eventsOf }) => {
    const heard: string[] = [];
    provider.subscribe(({ versionId }) => void heard.push(versionId));
    await provider.get();
    source.rotate("v2");
    await provider.refresh();
    source.label("current", "v1");
    assert.equal((await provider.refresh()).versionId, "v2");
    await clock.advance(999);
    assert.deepEqual(heard, ["v2"]);
    await clock.advance(1);
    assert.deepEqual(heard, ["v2", "v1"]);
    const last = eventsOf("version-changed").at(-1)!;
    assert.deepEqual([last.from, last.to, last.rolledBack], ["v2", "v1", true]);
  }));

Deno.test("what was seen as pending is newer, what was first seen as previous is older", () =>
  withProvider({}, async ({ source, provider }) => {
    source.put("v0");
    source.label("previous", "v0");
    source.create("v2");
    await provider.get();
    await provider.read("previous");
    await provider.read("pending");
    assert.ok(provider.isNewer("v2", "v1"));
    assert.ok(provider.isNewer("v1", "v0"));
    assert.ok(provider.isNewer("v0", "never seen"));
    assert.ok(!provider.isNewer("never seen", "v0"));
    source.finish();
    assert.equal((await provider.refresh()).versionId, "v2");
    assert.ok(provider.isNewer("v2", "v1"), "a label that moves does not change the order");
  }));

Deno.test("after a freeze nothing is handed out before the store was read again", () =>
  withProvider({}, async ({ clock, source, provider, eventsOf }) => {
    await provider.get();
    source.rotate("v2");
    clock.freeze(hour);
    source.delayMs = 100;
    const gets = [provider.get(), provider.get(), provider.get()];
    await clock.advance(100);
    for (const { versionId } of await Promise.all(gets)) assert.equal(versionId, "v2");
    assert.equal(source.reads, 2);
    assert.deepEqual(eventsOf("process-frozen").map(({ frozenMs }) => frozenMs), [hour]);
  }));

Deno.test("an answer to a question from before a freeze is too old to count", () =>
  withProvider({ readTimeoutMs: 5_000 }, async ({ clock, source, provider }) => {
    await provider.get();
    source.delayMs = 1_000;
    const before = provider.refresh();
    await clock.advance(500);
    source.rotate("v2");
    clock.freeze(hour);
    const after = provider.get();
    await clock.advance(500);
    assert.equal((await before).versionId, "v1");
    assert.equal(provider.stats().state, "stale");
    await clock.advance(1_000);
    assert.equal((await after).versionId, "v2");
  }));

Deno.test("the time of a freeze counts towards maxStaleMs", () =>
  withProvider({ maxStaleMs: hour }, async ({ clock, source, provider }) => {
    await provider.get();
    source.failure = coded("ServiceUnavailable");
    clock.freeze(hour / 2);
    assert.equal((await provider.get()).versionId, "v1");
    clock.freeze(hour);
    await assert.rejects(provider.get(), withCode("SOURCE_FAILED"));
  }));

Deno.test("a freeze while the store failed does not wait for the negative cache", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    await provider.get();
    source.failure = coded("ServiceUnavailable");
    await clock.advance(ttlMs);
    await provider.get();
    source.failure = undefined;
    source.rotate("v2");
    clock.freeze(hour);
    assert.equal((await provider.get()).versionId, "v2");
  }));

Deno.test("background refreshes go on after a freeze", () =>
  withProvider({}, async ({ clock, source, provider }) => {
    const heard: string[] = [];
    provider.subscribe(({ versionId }) => void heard.push(versionId));
    await provider.get();
    for (const versionId of ["v2", "v3", "v4"]) {
      source.rotate(versionId);
      clock.freeze(hour);
      await clock.advance(ttlMs);
    }
    assert.deepEqual(heard, ["v2", "v3", "v4"]);
  }));
