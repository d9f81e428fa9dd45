/** The facts about versions and labels, true of AWS Secrets Manager and of everything like it. */

import assert from "node:assert/strict";
import type { VersionStage } from "../../../../core/credential.ts";
import { Secret, secretId, type Subject, v1, v2, v3, v4 } from "./subject.ts";

/** One fact: its name, and what shows it. */
export type Fact = readonly [name: string, show: (subject: Subject) => Promise<void>];

/** All labels, by version. */
export async function labelsOf({ rotation }: Subject): Promise<Record<string, VersionStage[]>> {
  const { stages } = await rotation.describe(secretId);
  return Object.fromEntries([...stages].map(([id, labels]) => [id, labels.toSorted()]));
}

async function read({ rotation }: Subject, stage: VersionStage) {
  const version = await rotation.read(secretId, stage);
  return version && [version.versionId, version.value.reveal()];
}

const two = new Secret("two");
const three = new Secret("three");

/** Puts `v2` as pending and makes it current, as a rotator does. */
async function finished({ rotation }: Subject): Promise<void> {
  await rotation.putPending(secretId, v2, two);
  await rotation.promote(secretId, v2, v1);
}

/** Facts about versions and labels. */
export const labelFacts: readonly Fact[] = [
  ["a new secret has a current version and nothing else", async (subject) => {
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"] });
    assert.deepEqual(await read(subject, "current"), [v1, "one"]);
    assert.equal(await read(subject, "pending"), undefined);
    assert.equal(await read(subject, "previous"), undefined);
    assert.equal((await subject.rotation.describe(secretId)).rotationEnabled, false);
  }],
  ["a pending version leaves the current one alone", async (subject) => {
    assert.equal(await subject.rotation.putPending(secretId, v2, two), "stored");
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
    assert.deepEqual(await read(subject, "current"), [v1, "one"]);
    assert.deepEqual(await read(subject, "pending"), [v2, "two"]);
  }],
  ["what is staged without a value is not there, until it has one", async (subject) => {
    await subject.stageWithoutValue(v2);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
    assert.equal(await read(subject, "pending"), undefined);
    assert.equal(await subject.rotation.putPending(secretId, v2, two), "stored");
    assert.deepEqual(await read(subject, "pending"), [v2, "two"]);
  }],
  ["the same value again changes nothing, also after the label has gone", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    assert.equal(await subject.rotation.putPending(secretId, v2, two), "stored");
    await subject.rotation.clearPending(secretId, v2);
    assert.equal(await subject.rotation.putPending(secretId, v2, two), "stored");
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"] });
  }],
  ["a version keeps its value", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    assert.equal(await subject.rotation.putPending(secretId, v2, three), "exists");
    assert.deepEqual(await read(subject, "pending"), [v2, "two"]);
    assert.equal(await subject.rotation.putPending(secretId, v1, three), "exists");
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
    await assert.rejects(subject.putCurrent(v2, three), { name: "ResourceExistsException" });
  }],
  ["another pending version takes the label", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    await subject.rotation.putPending(secretId, v3, three);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v3]: ["pending"] });
  }],
  ["a promoted version keeps the label pending, and the one left is previous", async (subject) => {
    await finished(subject);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current", "pending"] });
    assert.deepEqual(await read(subject, "current"), [v2, "two"]);
    assert.deepEqual(await read(subject, "pending"), [v2, "two"]);
    assert.deepEqual(await read(subject, "previous"), [v1, "one"]);
  }],
  ["a next pending version takes the label off the current one", async (subject) => {
    await finished(subject);
    await subject.rotation.putPending(secretId, v3, three);
    const expected = { [v1]: ["previous"], [v2]: ["current"], [v3]: ["pending"] };
    assert.deepEqual(await labelsOf(subject), expected);
  }],
  ["promoting twice is refused the second time, and changes nothing", async (subject) => {
    await finished(subject);
    const again = subject.rotation.promote(secretId, v2, v1);
    await assert.rejects(again, { name: "InvalidParameterException" });
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current", "pending"] });
  }],
  ["promoting from what is not current is refused", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    const wrong = subject.rotation.promote(secretId, v2, v2);
    await assert.rejects(wrong, { name: "InvalidParameterException" });
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
  }],
  ["promoting the current version from itself changes nothing", async (subject) => {
    await finished(subject);
    await subject.rotation.promote(secretId, v2, v2);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current", "pending"] });
  }],
  ["promoting a version that does not exist, or from one, is refused", async (subject) => {
    for (const [to, from] of [[v3, v1], [v1, v3]] as const) {
      const refused = subject.rotation.promote(secretId, to, from);
      await assert.rejects(refused, { name: "ResourceNotFoundException" });
    }
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"] });
  }],
  ["a promoted version without a value reads as nothing", async (subject) => {
    await subject.stageWithoutValue(v2);
    await subject.rotation.promote(secretId, v2, v1);
    assert.equal(await read(subject, "current"), undefined);
    assert.deepEqual(await read(subject, "previous"), [v1, "one"]);
  }],
  ["clearPending takes the label off, and only off its holder", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    const wrong = subject.rotation.clearPending(secretId, v1);
    await assert.rejects(wrong, { name: "InvalidParameterException" });
    await subject.rotation.clearPending(secretId, v2);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"] });
    const again = subject.rotation.clearPending(secretId, v2);
    await assert.rejects(again, { name: "InvalidParameterException" });
    // Its label is gone, its value is not.
    assert.equal(await subject.rotation.putPending(secretId, v2, three), "exists");
  }],
  ["a version staged without a value is forgotten with its label", async (subject) => {
    await subject.stageWithoutValue(v2);
    await subject.rotation.clearPending(secretId, v2);
    const again = subject.rotation.clearPending(secretId, v2);
    await assert.rejects(again, { name: "ResourceNotFoundException" });
    assert.equal(await subject.rotation.putPending(secretId, v2, two), "stored");
  }],
  ["clearPending leaves a finished version current", async (subject) => {
    await finished(subject);
    await subject.rotation.clearPending(secretId, v2);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current"] });
  }],
  ["a change by hand moves current at once and leaves a pending version alone", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    await subject.putCurrent(v3, three);
    const expected = { [v1]: ["previous"], [v2]: ["pending"], [v3]: ["current"] };
    assert.deepEqual(await labelsOf(subject), expected);
    assert.deepEqual(await read(subject, "current"), [v3, "three"]);
  }],
  ["a change by hand takes the label pending off the version it replaces", async (subject) => {
    await finished(subject);
    await subject.putCurrent(v3, three);
    assert.deepEqual(await labelsOf(subject), { [v2]: ["previous"], [v3]: ["current"] });
  }],
  ["a change by hand with a token that holds this value moves no label", async (subject) => {
    await subject.rotation.putPending(secretId, v2, two);
    await subject.putCurrent(v2, two);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending"] });
  }],
  ["a change by hand gives a staged version its value, and both labels", async (subject) => {
    await subject.stageWithoutValue(v2);
    await subject.putCurrent(v2, two);
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current", "pending"] });
  }],
  ["a roll-back swaps current and previous", async (subject) => {
    await finished(subject);
    await subject.rollBack();
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"], [v2]: ["pending", "previous"] });
    await subject.rollBack();
    assert.deepEqual(await labelsOf(subject), { [v1]: ["previous"], [v2]: ["current", "pending"] });
  }],
  ["a roll-back without a previous version is refused", async (subject) => {
    await assert.rejects(subject.rollBack(), { name: "ResourceNotFoundException" });
    assert.deepEqual(await labelsOf(subject), { [v1]: ["current"] });
  }],
  ["previous is the version before, however many there were", async (subject) => {
    await subject.rotate(v2, two);
    await subject.rotate(v3, three);
    assert.deepEqual(await labelsOf(subject), { [v2]: ["previous"], [v3]: ["current"] });
    await subject.rotate(v4, new Secret("four"));
    assert.deepEqual(await labelsOf(subject), { [v3]: ["previous"], [v4]: ["current"] });
    // The first one is deprecated: its value is kept, and its token still taken.
    assert.equal(await subject.rotation.putPending(secretId, v1, two), "exists");
  }],
];
