import assert from "node:assert/strict";
import type { Credential, VersionStage } from "../../core/credential.ts";
import { type Candidate, Ladder } from "../../core/endpoint/ladder.ts";
import { Secret } from "../../core/secret.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";

/** Versions are numbered: a higher number is newer. */
function version(number: number, username = "app"): Credential {
  const versionId = `v${number}`;
  return {
    versionId,
    username,
    password: new Secret(`password-of-${versionId}`),
    stage: "current",
  };
}

const v1 = version(1), v2 = version(2), v3 = version(3);
const isNewer = (a: string, b: string) => Number(a.slice(1)) > Number(b.slice(1));

/** Drives a ladder by hand. Actions are written as `login v1`, `read pending`, `wait 125`. */
class Climb {
  readonly ladder: Ladder;
  nowMs = 10_000;
  #candidate: Candidate | undefined;

  constructor(draw = 0.5) {
    this.ladder = new Ladder(isNewer, constantRandom(draw));
    this.ladder.begin();
  }

  /** An endpoint that accepts `credential`. */
  static on(credential: Credential): Climb {
    const climb = new Climb();
    climb.ladder.onAccepted({ credential, stage: "current" });
    climb.ladder.begin();
    return climb;
  }

  /** Another login is wanted. */
  again(): this {
    this.ladder.begin();
    return this;
  }

  next(): string {
    const action = this.ladder.next(this.nowMs);
    if (action.type === "wait") return `wait ${action.delayMs}`;
    if (action.type === "read") return `read ${action.stage}${action.fresh ? "" : " cached"}`;
    this.#candidate = action.candidate;
    return `login ${action.candidate.credential.versionId}`;
  }

  expect(...actions: string[]): this {
    for (const action of actions) assert.equal(this.next(), action);
    return this;
  }

  rejected(): this {
    this.ladder.onRejected(this.#candidate!, this.nowMs);
    return this;
  }

  locked(): this {
    this.ladder.onRejected(this.#candidate!, this.nowMs, true);
    return this;
  }

  unanswered(): this {
    this.ladder.onUnanswered();
    return this;
  }

  accepted(): this {
    this.ladder.onAccepted(this.#candidate!);
    this.ladder.begin();
    return this;
  }

  found(stage: VersionStage, credential?: Credential): this {
    this.ladder.onRead(stage, credential);
    return this;
  }

  pass(ms: number): this {
    this.nowMs += ms;
    return this;
  }
}

Deno.test("a cold endpoint tries current, from the cache", () => {
  new Climb().expect("read current cached").found("current", v1).expect("login v1");
});

Deno.test("the credential last accepted is tried without asking the store", () => {
  Climb.on(v1).expect("login v1").accepted().expect("login v1");
});

Deno.test("after a rejection current, pending and previous are read afresh, in this order", () => {
  Climb.on(v2).expect("login v2").rejected()
    .expect("read current").found("current", v2)
    .expect("read pending").found("pending")
    .expect("read previous").found("previous", v1)
    .expect("read current").found("current", v2)
    .expect("login v1");
});

Deno.test("current is read again when previous names a version for the first time", () => {
  const climb = Climb.on(v1).expect("login v1").rejected()
    .expect("read current").found("current", v2).expect("login v2").rejected()
    .expect("read pending").found("pending")
    // Here two rotations have followed each other, and v2 is forgotten.
    .expect("read previous").found("previous", v3)
    .expect("read current").found("current", version(4)).expect("login v4").rejected();
  climb.expect("login v3");
});

Deno.test("pending is tried before previous when its username is that of current", () => {
  Climb.on(v2).expect("login v2").rejected().expect("read current").found("current", v2)
    .expect("read pending").found("pending", v3).expect("login v3");
});

Deno.test("pending is tried last when its username is another one", () => {
  Climb.on(v2).expect("login v2").rejected().expect("read current").found("current", v2)
    .expect("read pending").found("pending", version(3, "app_clone"))
    .expect("read previous").found("previous", v1).expect("read current").found("current", v2)
    .expect("login v1").rejected().expect("login v3");
});

Deno.test("a rejected push goes straight back to the credential last accepted", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected().expect("login v1").accepted().expect("login v1");
});

Deno.test("a mark holds for as long as the credential in use is accepted", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected().expect("login v1").accepted();
  climb.pass(86_400_000).expect("login v1");
  assert.equal(climb.ladder.target, undefined);
  assert.ok(climb.ladder.isBehind);
});

Deno.test("all marks are forgotten when the credential in use is rejected: finish on the primary, a replica that lags and then applies", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected().expect("login v1").accepted();
  climb.pass(5_000).expect("login v1").rejected().expect("login v2").accepted();
  assert.equal(climb.ladder.preferred?.versionId, "v2");
  assert.ok(!climb.ladder.isBehind);
});

Deno.test("a mark on pending from before its set step lasts for the first backoff only, at most 250 ms", () => {
  for (const draw of [0, 0.5, 0.999999]) {
    const climb = new Climb(draw);
    climb.expect("read current cached").found("current", v1).expect("login v1").rejected()
      .expect("read current").found("current", v1)
      .expect("read pending").found("pending", v2).expect("login v2").rejected()
      .expect("read previous").found("previous");
    const wait = Number(climb.next().replace("wait ", ""));
    assert.ok(wait >= 25 && wait <= 250, `${wait} ms`);
    climb.pass(wait).expect("read current").found("current", v3).expect("login v3").rejected()
      .expect("read pending").found("pending", v2)
      .expect("read previous").found("previous", v1)
      .expect("login v2");
  }
});

Deno.test("a label that moves never clears a mark", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected().expect("login v1").accepted();
  climb.ladder.push(v2);
  assert.equal(climb.ladder.target, undefined);
  climb.expect("login v1");
});

Deno.test("a mark on pending that lapsed does not keep it from being adopted when it is pushed", () => {
  const climb = new Climb();
  climb.expect("read current cached").found("current", v2).expect("login v2").rejected()
    .expect("read current").found("current", v2)
    .expect("read pending").found("pending", v3).expect("login v3").rejected()
    .expect("read previous").found("previous").expect("wait 137.5").pass(1_000)
    .expect("read current").found("current", v1).expect("login v1").accepted();
  climb.ladder.push(v3);
  assert.equal(climb.ladder.target?.versionId, "v3");
});

Deno.test("what was refused while it was pending is tried again before what was accepted once", () => {
  Climb.on(v1).expect("login v1").rejected().expect("read current").found("current", v1)
    .expect("read pending").found("pending", v2).expect("login v2").rejected()
    .expect("read previous").found("previous").expect("wait 137.5").pass(1_000)
    .expect("read current").found("current", v1).expect("read pending").found("pending", v2)
    .expect("read previous").found("previous").expect("login v2");
});

Deno.test("a probe rests, too, when too much was rejected in a row", () => {
  const climb = Climb.on(v1);
  assert.equal(climb.ladder.restMs(climb.nowMs), 0);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected();
  assert.equal(climb.ladder.restMs(climb.nowMs), 0);
  climb.ladder.reprobe(climb.nowMs);
  climb.again().expect("login v2").rejected();
  assert.equal(climb.ladder.restMs(climb.nowMs), 1_000);
  assert.equal(climb.ladder.restMs(climb.nowMs + 600), 400);
  assert.equal(climb.ladder.restMs(climb.nowMs + 1_000), 0);
});

Deno.test("there are never three rejections in a row without new information or a second", () => {
  const climb = Climb.on(v2);
  climb.found("current", v2).found("pending", v3).found("previous", v1);
  climb.expect("login v2").rejected().expect("read current").found("current", v2)
    .expect("read pending").found("pending", v3).expect("login v3").rejected()
    .expect("read previous").found("previous", v1);
  climb.expect("wait 1000").pass(400).expect("wait 600").pass(600).expect("login v1");
});

Deno.test("a login without an answer counts as one that was rejected: the server may have counted it", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").unanswered();
  climb.again().expect("login v2").rejected().expect("read current").found("current", v3)
    .expect("login v1");
  // The endpoint pushes what a read finds to have become current.
  climb.ladder.push(v3);
  climb.expect("login v3");
  const known = Climb.on(v1);
  known.ladder.push(v2);
  known.expect("login v2").unanswered();
  known.again().expect("login v2").rejected().expect("read current").found("current", v2)
    .expect("wait 1000");
});

Deno.test("logins without an answer alone make nobody wait", () => {
  const climb = Climb.on(v1);
  for (let times = 0; times < 5; times++) climb.expect("login v1").unanswered();
  climb.expect("login v1").accepted();
  assert.equal(climb.ladder.restMs(climb.nowMs), 0);
});

Deno.test("a version never seen before is new information", () => {
  Climb.on(v2).expect("login v2").rejected().expect("read current").found("current", v2)
    .expect("read pending").found("pending", v3).expect("login v3").rejected()
    .expect("read previous").found("previous", v1).expect("read current").found("current", v2)
    .expect("login v1");
});

Deno.test("that what was accepted is rejected is new information: a replica applied at last", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected();
  climb.again().expect("login v1").rejected().expect("login v2").rejected();
  assert.equal(climb.ladder.restMs(climb.nowMs), 1_000, "once only");
});

Deno.test("that the preferred version is rejected is no news when a login had to fall back since", () => {
  const climb = Climb.on(v2).expect("login v2").rejected()
    .expect("read current").found("current", v2).expect("read pending").found("pending")
    .expect("read previous").found("previous", v1).expect("read current").found("current", v2)
    .expect("login v1").accepted();
  assert.equal(climb.ladder.preferred?.versionId, "v2");
  climb.ladder.push(v3);
  climb.again().expect("login v3").rejected().expect("login v2").rejected();
  assert.equal(climb.ladder.restMs(climb.nowMs), 1_000);
});

Deno.test("what was refused before an older version was accepted is not probed at once", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v3);
  climb.expect("login v3").rejected().expect("login v1").rejected()
    .expect("read current").found("current", v3).expect("read pending").found("pending")
    .expect("read previous").found("previous", v2).expect("read current").found("current", v3)
    .expect("login v2").accepted();
  climb.ladder.push(v3);
  assert.equal(climb.ladder.target, undefined);
  assert.equal(climb.ladder.isBehind, true);
});

Deno.test("a push is new information, and ends a wait", () => {
  const climb = Climb.on(v1).expect("login v1").rejected()
    .expect("read current").found("current", v1).expect("read pending").found("pending")
    .expect("read previous").found("previous").expect("wait 137.5");
  climb.ladder.push(v2);
  climb.expect("login v2");
});

Deno.test("while nothing is accepted no candidate starves another", () => {
  const climb = Climb.on(v2);
  const tried: string[] = [];
  for (let round = 0; round < 200 && tried.length < 12; round++) {
    const action = climb.next();
    if (action.startsWith("wait")) climb.pass(Number(action.slice(5)));
    else if (action.startsWith("login")) tried.push(action.slice(6)), climb.rejected();
    else if (action.includes("current")) climb.found("current", v3);
    else if (action.includes("pending")) climb.found("pending", version(4));
    else climb.found("previous", v2);
  }
  for (const versionId of ["v2", "v3", "v4"]) {
    const times = tried.filter((each) => each === versionId).length;
    assert.ok(times >= 3, `${versionId} was tried ${times} times: ${tried.join(" ")}`);
  }
});

Deno.test("preferred stays the newest when one connection falls back, and moves after two in a row", () => {
  const climb = Climb.on(v2);
  const fallBack = () => {
    climb.expect("login v2").rejected().expect("read current").found("current", v2)
      .expect("read pending").found("pending").expect("read previous").found("previous", v1);
    if (first) climb.expect("read current").found("current", v2);
    climb.expect("login v1");
    first = false;
  };
  let first = true;
  fallBack();
  climb.accepted();
  assert.equal(climb.ladder.preferred?.versionId, "v2");
  climb.expect("login v2").accepted();
  fallBack();
  climb.accepted();
  assert.equal(climb.ladder.preferred?.versionId, "v2", "one in a row again");
  fallBack();
  const proof = climb.ladder.onAccepted({ credential: v1, stage: "previous" });
  assert.deepEqual(proof, { from: "v2", changed: true, rolledBack: true });
});

Deno.test("a roll-back in the store is adopted at the first login", () => {
  const climb = Climb.on(v2);
  climb.ladder.push(v1);
  climb.expect("login v1");
  const accepted = climb.ladder.onAccepted({ credential: v1, stage: "current" });
  assert.deepEqual(accepted, { from: "v2", changed: true, rolledBack: true });
});

Deno.test("pending adopted in the gap stays when it becomes current, and outdoes an older push", () => {
  const climb = Climb.on(v1);
  climb.ladder.push(v2);
  climb.expect("login v2").rejected().expect("login v1").accepted().expect("login v1").rejected()
    .expect("login v2").rejected().expect("read current").found("current", v2)
    .expect("read pending").found("pending", v3).expect("login v3").accepted();
  assert.equal(climb.ladder.target, undefined, "the older push is done with");
  climb.ladder.push(v3);
  assert.equal(climb.ladder.target, undefined, "already adopted");
  assert.ok(!climb.ladder.isBehind);
  climb.expect("login v3");
});

Deno.test("when nothing can be tried the wait grows, and is never nothing", () => {
  const climb = Climb.on(v1).expect("login v1").rejected();
  const waits: number[] = [];
  for (let round = 0; round < 12; round++) {
    climb.expect("read current").found("current", v1).expect("read pending").found("pending")
      .expect("read previous").found("previous");
    const wait = Number(climb.next().replace("wait ", ""));
    waits.push(wait);
    climb.pass(wait);
    climb.ladder.onRejected({ credential: v1, stage: "accepted" }, climb.nowMs);
  }
  assert.deepEqual(waits.slice(0, 3), [137.5, 262.5, 512.5]);
  assert.equal(waits.at(-1), 2_512.5);
});

Deno.test("a search in which all are refused keeps asking the store", () => {
  const climb = Climb.on(v1).expect("login v1").rejected();
  const endMs = climb.nowMs + 15_000;
  const finishedMs = climb.nowMs + 4_000;
  for (let action = climb.next(); action !== "login v2"; action = climb.next()) {
    assert.ok(climb.nowMs < endMs, "v2 was never tried");
    const current = climb.nowMs < finishedMs ? v1 : v2;
    if (action.startsWith("login")) climb.rejected();
    else if (action === "read current") climb.found("current", current);
    // Nobody may read it.
    else if (action === "read pending") climb.found("pending");
    else if (action === "read previous") climb.found("previous", version(current === v1 ? 0 : 1));
    else climb.pass(Number(action.slice("wait ".length)));
  }
});

Deno.test("labels that moved between two reads of a round are read once more", () => {
  const climb = Climb.on(v1).expect("login v1").rejected()
    .expect("read current").found("current", v1)
    // Here the rotation is finished: pending is gone, and v1 is the previous version.
    .expect("read pending").found("pending")
    .expect("read previous").found("previous", v1);
  climb.expect("read current").found("current", v2).expect("login v2");
});

Deno.test("a user whom the server has locked out is left alone for a minute, and another user is tried", () => {
  const climb = Climb.on(v2).expect("login v2").locked()
    .expect("read current").found("current", v2)
    .expect("read pending").found("pending", version(4))
    .expect("read previous").found("previous", version(1, "app_clone"));
  climb.expect("read current").found("current", v2).expect("login v1").rejected();
  const until = climb.nowMs + 60_000;
  let action = climb.next();
  for (; action !== "login v2" && climb.nowMs < until + 10_000; action = climb.next()) {
    assert.notEqual(action, "login v4");
    if (action.startsWith("login")) climb.rejected();
    else if (action === "read current") climb.found("current", v2);
    else if (action === "read pending") climb.found("pending");
    else if (action === "read previous") climb.found("previous", version(1, "app_clone"));
    else climb.pass(Number(action.slice("wait ".length)));
  }
  assert.equal(action, "login v2");
  assert.ok(climb.nowMs >= until);
});

Deno.test("a pushed version of a user who is locked out is not probed before the lock is over", () => {
  const climb = Climb.on(v1);
  climb.expect("login v1").locked();
  climb.ladder.push(v2);
  const target = () => climb.ladder.target?.versionId;
  assert.equal(target(), undefined);
  climb.pass(59_999).ladder.reprobe(climb.nowMs);
  assert.equal(target(), undefined);
  climb.pass(1).ladder.reprobe(climb.nowMs);
  assert.equal(target(), "v2");
});
