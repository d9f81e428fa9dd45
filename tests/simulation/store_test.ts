import assert from "node:assert/strict";
import { SeededRandom } from "../../adapters/testing/seeded_random.ts";
import { type ReadEvent, SimulatedStore } from "../../adapters/testing/simulation/store/mod.ts";
import { Secret, secretId, v1, v2, v3 } from "./conformance/store/subject.ts";
import { storeWorld } from "./conformance/store/world.ts";

const never = { signal: new AbortController().signal };

function login(username: string, password: string): Secret {
  return new Secret(JSON.stringify({ username, password }));
}

Deno.test("a read sees the newest state when reads do not lag", () => {
  const { store } = storeWorld();
  store.putPending(secretId, v2, new Secret("two"));
  store.promote(secretId, v2, v1);
  for (let i = 0; i < 50; i++) {
    assert.equal(store.getSecretValue(secretId, "current").versionId, v2);
  }
});

Deno.test("a read may see what was replaced less than staleForMs ago, and nothing older", async () => {
  const { clock, store } = storeWorld();
  store.consistency.staleForMs = 100;
  const seen = () => store.getSecretValue(secretId, "current").versionId;
  store.putCurrent(secretId, v2, new Secret("two"));
  await clock.advance(60);
  store.putCurrent(secretId, v3, new Secret("three"));
  // Both changes are young: each state of before, and at this rate never the newest.
  const early = new Set(Array.from({ length: 50 }, seen));
  assert.deepEqual(early, new Set([v1, v2]));
  await clock.advance(39);
  assert.ok(Array.from({ length: 50 }, seen).includes(v1));
  await clock.advance(1);
  assert.deepEqual(new Set(Array.from({ length: 50 }, seen)), new Set([v2]));
  await clock.advance(59);
  assert.equal(seen(), v2);
  await clock.advance(1);
  assert.deepEqual(new Set(Array.from({ length: 50 }, seen)), new Set([v3]));
});

Deno.test("at a rate between, some reads are stale and some are not; at 0 none is", () => {
  const { store } = storeWorld();
  Object.assign(store.consistency, { staleForMs: 100, staleRate: 0.3 });
  store.putCurrent(secretId, v2, new Secret("two"));
  const stale = () =>
    Array.from({ length: 1_000 }, () => store.getSecretValue(secretId, "current").versionId)
      .filter((versionId) => versionId === v1).length;
  const some = stale();
  assert.ok(some > 200 && some < 400, `${some}`);
  store.consistency.staleRate = 0;
  assert.equal(stale(), 0);
});

Deno.test("a stale read shows one committed state, never half of two", () => {
  const { store } = storeWorld();
  Object.assign(store.consistency, { staleForMs: 1_000, staleRate: 0.8 });
  const committed = new Set<string>();
  const shown = ({ stages }: { stages: ReadonlyMap<string, readonly string[]> }) =>
    [...stages].map(([id, labels]) => `${id[0]}:${labels}`).sort().join(" ");
  const note = () => {
    const { current, pending, previous } = store.labelsOf(secretId);
    const stages = new Map<string, string[]>();
    for (const [label, id] of Object.entries({ current, pending, previous })) {
      if (id !== undefined) stages.set(id, [...stages.get(id) ?? [], label]);
    }
    committed.add(shown({ stages }));
  };
  note();
  store.onChange = note;
  store.startRotation(secretId, v2);
  store.putPending(secretId, v2, new Secret("two"));
  store.promote(secretId, v2, v1);
  store.completeRotation(secretId, v2);
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) seen.add(shown(store.describeSecret(secretId)));
  assert.deepEqual(seen, committed);
  assert.equal(committed.size, 4);
});

Deno.test("a version staged without a value may read as nothing for a while after it has one", async () => {
  const { clock, store } = storeWorld();
  store.stageWithoutValue(secretId, v2);
  store.consistency.staleForMs = 100;
  await clock.advance(100);
  store.putPending(secretId, v2, new Secret("two"));
  assert.throws(() => store.getSecretValue(secretId, "pending"), {
    name: "ResourceNotFoundException",
  });
});

Deno.test("writes work on the newest state, however stale the reads are", () => {
  const { store } = storeWorld();
  store.consistency.staleForMs = 1_000;
  store.putCurrent(secretId, v2, new Secret("two"));
  assert.equal(store.putPending(secretId, v2, new Secret("other")), "exists");
  store.promote(secretId, v1, v2);
  assert.equal(store.versionOf(secretId, "current"), v1);
});

Deno.test("every read is heard of from its beginning to its end", async () => {
  const { clock, store, process } = storeWorld();
  const heard: ReadEvent[] = [];
  store.onRead = (event) => void heard.push(event);
  const source = store.sourceFor(process, "app", secretId);
  const reading = Promise.all([source.read("current", never), source.read("pending", never)]);
  assert.equal(store.reads.inFlight("app"), 2);
  assert.equal(store.reads.inFlight("app", "pending"), 1);
  assert.equal(store.reads.inFlight("other"), 0);
  await clock.until(reading);
  assert.equal(store.reads.inFlight("app"), 0);
  assert.equal(store.reads.begun, 2);
  heard.sort((a, b) => a.sequence - b.sequence);
  const about = { principal: "app", secretId };
  const end = { phase: "answered", aborted: false, errorName: undefined };
  assert.deepEqual(heard, [
    { phase: "begun", sequence: 1, stage: "current", ...about },
    { ...end, sequence: 1, stage: "current", ...about, versionId: v1 },
    { phase: "begun", sequence: 2, stage: "pending", ...about },
    { ...end, sequence: 2, stage: "pending", ...about, versionId: undefined },
  ]);
});

Deno.test("the reads of a killed process never end, and can be forgotten", async () => {
  const { clock, store, process } = storeWorld();
  void store.sourceFor(process, "app", secretId).read("current", never);
  process.kill();
  await clock.advance(1_000);
  assert.equal(store.reads.inFlight("app"), 1);
  store.reads.forget("app");
  assert.equal(store.reads.inFlight("app"), 0);
});

Deno.test("every change is heard of, with the labels before and after; what changes nothing is not", () => {
  const { store } = storeWorld();
  const heard: string[] = [];
  store.onChange = ({ before, after }) =>
    void heard.push(`${before?.current[0]} to ${after.current[0]}, ${after.pending?.[0]}`);
  store.putPending(secretId, v2, new Secret("two"));
  store.putPending(secretId, v2, new Secret("two"));
  store.promote(secretId, v2, v1);
  assert.equal(store.completeRotation(secretId, v2), true);
  assert.equal(store.completeRotation(secretId, v2), true);
  store.cancelRotation(secretId);
  assert.deepEqual(heard, ["1 to 1, 2", "1 to 2, 2", "2 to 2, undefined"]);
});

Deno.test("a rotation is complete only when its version is current", () => {
  const { store } = storeWorld();
  store.startRotation(secretId, v2);
  assert.equal(store.completeRotation(secretId, v2), false);
  assert.equal(store.versionOf(secretId, "pending"), v2);
});

Deno.test("the truth is told without staleness", () => {
  const { store } = storeWorld();
  store.consistency.staleForMs = 1_000;
  store.startRotation(secretId, v2);
  store.putPending(secretId, v2, login("app", "right"));
  assert.deepEqual(store.labelsOf(secretId), { current: v1, pending: v2, previous: undefined });
  assert.equal(store.rotationEnabled(secretId), true);
  const found = store.loginOf(secretId, v2)!;
  assert.equal(found.username, "app");
  assert.ok(found.password.equals(new Secret("right")));
  assert.equal(store.loginOf(secretId, v1), undefined, "no login");
  assert.equal(store.loginOf(secretId, v3), undefined, "no version");
});

Deno.test("secrets are apart, and have one name each", () => {
  const { store } = storeWorld();
  store.createSecret("admin", v1, new Secret("root"));
  store.putCurrent("admin", v2, new Secret("root too"));
  assert.equal(store.versionOf(secretId, "current"), v1);
  assert.throws(() => store.createSecret("admin", v3, new Secret("x")), {
    name: "ResourceExistsException",
  });
});

Deno.test("passwords have 32 characters, begin with the marker, and depend on the seed alone", async () => {
  const { clock, store, network, timeline, process } = storeWorld();
  const password = await clock.until(store.rotationStoreFor(process, "r").generatePassword());
  assert.match(password.reveal(), /^pw~[^\/@"'\\:]{29}$/);
  // Faults that draw, and reads that lag, change no password.
  const other = storeWorld().store;
  other.faults.inject({ kind: "throttled", rate: 0.5 });
  for (let i = 0; i < 9; i++) {
    try {
      other.faults.judge({ principal: "app", operation: "DescribeSecret" });
    } catch { /* what it draws is the matter */ }
  }
  assert.ok(other.newPassword().equals(password));
  const random = new SeededRandom(1);
  const marked = new SimulatedStore({ network, timeline, random, marker: "leak-" });
  assert.match(marked.newPassword().reveal(), /^leak-.{27}$/);
  assert.throws(
    () => new SimulatedStore({ network, timeline, random, marker: "x".repeat(17) }),
    RangeError,
  );
  const own = { generatePassword: () => new Secret("mine") };
  const mine = store.rotationStoreFor(process, "r", own).generatePassword();
  assert.equal((await clock.until(mine)).reveal(), "mine");
});
