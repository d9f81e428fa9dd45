import assert from "node:assert/strict";
import type { StoreFault } from "../../adapters/testing/simulation/store/mod.ts";
import { Secret, secretId, v1, v2 } from "./conformance/store/subject.ts";
import { storeWorld } from "./conformance/store/world.ts";

const never = { signal: new AbortController().signal };
const fast = { latencyMs: [5, 5], lossRate: 1 } as const;

Deno.test("a fault concerns the requests that it names, until it is removed", async () => {
  const { clock, store, process } = storeWorld();
  const outcome = async (principal: string, stage: "current" | "previous") => {
    const reading = store.sourceFor(process, principal, secretId).read(stage, never);
    return await clock.until(reading.then(() => "ok", (error) => error.name));
  };
  const outcomes = () =>
    Promise.all([outcome("a", "current"), outcome("a", "previous"), outcome("b", "current")]);
  const expected: [fault: StoreFault, outcomes: string[]][] = [
    [{ kind: "denied", principal: "a" }, ["AccessDeniedException", "AccessDeniedException", "ok"]],
    [{ kind: "denied", principal: "a", stage: "previous" }, ["ok", "AccessDeniedException", "ok"]],
    [{ kind: "unavailable", stage: "current" }, ["ServiceUnavailable", "ok", "ServiceUnavailable"]],
    [{ kind: "throttled", operation: "PutSecretValue" }, ["ok", "ok", "ok"]],
    [{ kind: "throttled", rate: 0 }, ["ok", "ok", "ok"]],
  ];
  for (const [fault, names] of expected) {
    const injected = store.faults.inject(fault);
    assert.deepEqual(await outcomes(), names, JSON.stringify(fault));
    injected.remove();
  }
  store.faults.inject({ kind: "internal-error", principal: "b" });
  store.faults.inject({ kind: "throttled" });
  assert.equal(await outcome("b", "current"), "InternalServiceError", "the first one decides");
  store.faults.clear();
  assert.deepEqual(await outcomes(), ["ok", "ok", "ok"]);
});

Deno.test("a fault at a rate spares the others", () => {
  const { store } = storeWorld();
  store.faults.inject({ kind: "throttled", rate: 0.25 });
  let refused = 0;
  for (let i = 0; i < 1_000; i++) {
    try {
      store.faults.judge({ principal: "app", operation: "DescribeSecret" });
    } catch {
      refused++;
    }
  }
  assert.ok(refused > 190 && refused < 310, `${refused}`);
});

Deno.test("the faults of the arrival decide, not those of the sending", async () => {
  const { clock, network, store, process } = storeWorld();
  network.weather.set("store", { latencyMs: [10, 10], lossRate: 0, losses: [] });
  const source = store.sourceFor(process, "app", secretId);
  const reading = source.read("current", never);
  await clock.advance(9);
  const fault = store.faults.inject({ kind: "unavailable" });
  const refused = assert.rejects(clock.until(reading), { name: "ServiceUnavailable" });
  await clock.advance(1);
  fault.remove();
  await refused;
});

Deno.test("a silent store answers nothing, and a write to it is not done", async () => {
  const { clock, store, process } = storeWorld();
  const fault = store.faults.inject({ kind: "silent" });
  const rotation = store.rotationStoreFor(process, "rotator");
  let settled = false;
  const settle = () => void (settled = true);
  rotation.putPending(secretId, v2, new Secret("two")).then(settle, settle);
  await clock.advance(3_600_000);
  fault.remove();
  await clock.advance(3_600_000);
  assert.equal(settled, false);
  assert.equal(store.versionOf(secretId, "pending"), undefined);
});

Deno.test("a write whose answer is lost is done, one that is lost itself is not", async () => {
  const { clock, network, store, process } = storeWorld();
  const rotation = store.rotationStoreFor(process, "rotator");
  const put = (value: string) => clock.until(rotation.putPending(secretId, v2, new Secret(value)));
  network.weather.set("store", { ...fast, losses: ["lost-before"] });
  await assert.rejects(put("lost"), { code: "ECONNRESET" });
  assert.equal(store.versionOf(secretId, "pending"), undefined);
  network.weather.set("store", { ...fast, losses: ["lost-after"] });
  await assert.rejects(put("two"), { code: "ECONNRESET" });
  assert.equal(store.versionOf(secretId, "pending"), v2);
});

Deno.test("a read ends at once when its signal aborts, and what comes later changes nothing", async () => {
  const { clock, network, store, process } = storeWorld();
  network.weather.set("store", { latencyMs: [100, 100], lossRate: 0, losses: [] });
  const ends: string[] = [];
  store.onRead = (event) => {
    if (event.phase === "answered") ends.push(`${event.aborted} ${event.errorName}`);
  };
  const controller = new AbortController();
  const reading = store.sourceFor(process, "app", secretId).read("current", controller);
  const aborted = assert.rejects(reading, { name: "AbortError" });
  await clock.advance(50);
  assert.equal(store.reads.inFlight("app"), 1);
  controller.abort();
  await aborted;
  assert.equal(store.reads.inFlight("app"), 0);
  await clock.advance(1_000);
  assert.deepEqual(ends, ["true AbortError"]);
});

Deno.test("a read whose signal has aborted already sends nothing", async () => {
  const { clock, store, process } = storeWorld();
  const source = store.sourceFor(process, "app", secretId);
  const timers = clock.timers;
  await assert.rejects(source.read("current", { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  assert.equal(clock.timers, timers);
});

Deno.test("a source that does not heed signals answers an aborted read", async () => {
  const { clock, store, process } = storeWorld();
  const source = store.sourceFor(process, "app", secretId, { heedsSignal: false });
  const reading = source.read("current", { signal: AbortSignal.abort() });
  assert.equal((await clock.until(reading))?.versionId, v1);
});

Deno.test("a frozen process hears the answer when it runs again", async () => {
  const { clock, store, process } = storeWorld();
  const reading = store.sourceFor(process, "app", secretId).read("current", never);
  process.freeze(5_000);
  const beganMs = clock.monotonicMs();
  await clock.until(reading);
  // It reads its sockets a moment after it woke.
  assert.equal(clock.monotonicMs() - beganMs, 5_005);
});

/** A world in which much happens, and what it notes. */
async function eventful(seed: number): Promise<string> {
  const { clock, network, store, process, timeline } = storeWorld(seed);
  network.weather.set("store", { latencyMs: [1, 40], lossRate: 0.1, losses: ["lost-after"] });
  Object.assign(store.consistency, { staleForMs: 300, staleRate: 0.5 });
  store.faults.inject({ kind: "throttled", rate: 0.1 });
  const source = store.sourceFor(process, "app", secretId);
  const rotation = store.rotationStoreFor(process, "rotator");
  for (let i = 0; i < 40; i++) {
    source.read(i % 2 === 0 ? "current" : "pending", never).catch(() => {});
    if (i === 5) store.startRotation(secretId, v2);
    if (i === 9) {
      const value = JSON.stringify({ password: store.newPassword().reveal() });
      rotation.putPending(secretId, v2, new Secret(value)).catch(() => {});
    }
    if (i === 20) rotation.promote(secretId, v2, v1).catch(() => {});
    await clock.advance(15);
  }
  await clock.advance(1_000);
  return timeline.toString();
}

Deno.test("the same seed gives the same timeline, another seed another one, and none a value", async () => {
  const first = await eventful(7);
  assert.equal(await eventful(7), first);
  assert.notEqual(await eventful(8), first);
  assert.doesNotMatch(first, /pw~|password/);
  for (
    const words of [
      /store +begins: throttled at a rate of 0\.1/,
      /store +prod\/app-db: rotation to 2+ started; current 1+, pending 2+, previous none, rotation on/,
      /store +prod\/app-db: a read is behind by 1/,
      /app +reads current of prod\/app-db \(1\)/,
      /app +has read 1+ \(\d+\)/,
      /app +has read nothing \(\d+\)/,
      /app +fails: ThrottlingException \(\d+\)/,
      /app +fails: LostMessageError \(\d+\)/,
      /rotator +asks PutSecretValue pending 2+/,
    ]
  ) assert.match(first, words);
});
