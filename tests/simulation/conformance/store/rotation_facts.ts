/** The facts about rotations, and about requests that go wrong. */

import assert from "node:assert/strict";
import { type Fact, labelsOf } from "./facts.ts";
import { Secret, secretId, type Subject, v1, v2, v3 } from "./subject.ts";

const two = new Secret("two");

async function enabled({ rotation }: Subject): Promise<boolean> {
  return (await rotation.describe(secretId)).rotationEnabled;
}

/** Facts about rotations. */
export const rotationFacts: readonly Fact[] = [
  ["a rotation begins with a version without a value", async (subject) => {
    await subject.startRotation(v2);
    assert.equal(await enabled(subject), true);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
    assert.equal(await subject.rotation.read(secretId, "pending"), undefined);
    assert.equal(await subject.rotation.putPending(secretId, v2, two), "stored");
  }],
  [
    "a rotation that is complete leaves current and previous, and nothing pending",
    async (subject) => {
      await subject.rotate(v2, two);
      assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current"] });
      assert.equal(await subject.rotation.read(secretId, "pending"), undefined);
    },
  ],
  ["a second rotation is refused while one is incomplete", async (subject) => {
    await subject.startRotation(v2);
    await assert.rejects(subject.startRotation(v3), { name: "InvalidRequestException" });
    await subject.rotation.putPending(secretId, v2, two);
    await assert.rejects(subject.startRotation(v3), { name: "InvalidRequestException" });
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
  }],
  ["the token of the incomplete rotation may come again", async (subject) => {
    await subject.startRotation(v2);
    await subject.startRotation(v2);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
  }],
  ["a rotation may start when pending is on the current version", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    await subject.rotation.promote(secretId, v2, v1);
    await subject.startRotation(v3);
    const expected = { [v1]: ["previous"], [v2]: ["current"], [v3]: ["pending"] };
    assert.deepEqual(await labelsOf(subject), expected);
  }],
  ["a rotation may start once the label of the last one was taken off", async (subject) => {
    await subject.startRotation(v2);
    await subject.rotation.putPending(secretId, v2, two);
    await subject.rotation.clearPending(secretId, v2);
    await subject.startRotation(v3);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v3]: ["pending"] });
  }],
  ["the token of a rotation that is over starts no other one", async (subject) => {
    await subject.rotate(v2, two);
    await subject.startRotation(v2);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current"] });
  }],
  [
    "a cancelled rotation is off and leaves the label, which still forbids another",
    async (subject) => {
      await subject.startRotation(v2);
      await subject.rotation.putPending(secretId, v2, two);
      await subject.cancelRotation();
      assert.equal(await enabled(subject), false);
      assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
      await assert.rejects(subject.startRotation(v3), { name: "InvalidRequestException" });
      assert.equal(await enabled(subject), false);
      await subject.startRotation(v2);
      assert.equal(await enabled(subject), true);
    },
  ],
];

const never = new AbortController().signal;

/** Facts about requests that go wrong, and about the ports. */
export const portFacts: readonly Fact[] = [
  ["an app reads what the rotator reads", async (subject) => {
    const { versionId, value } = (await subject.source.read("current", { signal: never }))!;
    assert.deepEqual([versionId, value.reveal()], [v1, "one"]);
    assert.equal(await subject.source.read("pending", { signal: never }), undefined);
    assert.equal(subject.source.name, secretId);
  }],
  ["a secret that does not exist reads as nothing and is not described", async ({ rotation }) => {
    assert.equal(await rotation.read("none", "current"), undefined);
    await assert.rejects(rotation.describe("none"), { name: "ResourceNotFoundException" });
    await assert.rejects(rotation.promote("none", v2, v1), { name: "ResourceNotFoundException" });
  }],
  ["a throttled request is not executed", async (subject) => {
    const end = subject.inject({ kind: "throttled" });
    const refused = { name: "ThrottlingException" };
    await assert.rejects(subject.source.read("current", { signal: never }), refused);
    await assert.rejects(subject.rotation.describe(secretId), refused);
    await assert.rejects(subject.rotation.putPending(secretId, v2, two), refused);
    await assert.rejects(subject.rotation.generatePassword(), refused);
    end();
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"] });
  }],
  ["an internal error is one by name", async (subject) => {
    const end = subject.inject({ kind: "internal-error" });
    const refused = { name: "InternalServiceError" };
    await assert.rejects(subject.source.read("current", { signal: never }), refused);
    end();
    assert.notEqual(await subject.source.read("current", { signal: never }), undefined);
  }],
  ["a stage may be denied alone, whether it has a version or not", async (subject) => {
    const end = subject.inject({ kind: "denied", stage: "pending" });
    const refused = { name: "AccessDeniedException" };
    await assert.rejects(subject.source.read("pending", { signal: never }), refused);
    await assert.rejects(subject.rotation.putPending(secretId, v2, two), refused);
    assert.notEqual(await subject.source.read("current", { signal: never }), undefined);
    end();
    assert.equal(await subject.source.read("pending", { signal: never }), undefined);
  }],
  ["a read whose signal has aborted, or aborts, is an AbortError", async (subject) => {
    const aborted = { name: "AbortError" };
    await assert.rejects(subject.source.read("current", { signal: AbortSignal.abort() }), aborted);
    const end = subject.inject({ kind: "silent" });
    const controller = new AbortController();
    const reading = subject.source.read("current", { signal: controller.signal });
    const ending = assert.rejects(reading, aborted);
    controller.abort();
    await ending;
    end();
  }],
  ["a generated password has 32 characters, and is another one each time", async ({ rotation }) => {
    const passwords = [await rotation.generatePassword(), await rotation.generatePassword()];
    assert.deepEqual(passwords.map((password) => password.reveal().length), [32, 32]);
    assert.equal(passwords[0]!.equals(passwords[1]!), false);
    for (const password of passwords) assert.doesNotMatch(password.reveal(), /[\/@"'\\:]/);
  }],
];
