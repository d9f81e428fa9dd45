import assert from "node:assert/strict";
import type { Failure } from "../../core/failure.ts";
import { Delivery, maxResent } from "../../core/statement/delivery.ts";

const lost: Failure = { kind: "connection", executed: "maybe", code: "ECONNRESET" };
const conflict: Failure = { kind: "replica-lag", executed: "no", code: "40001" };
const wrong: Failure = { kind: "other", executed: "no", code: "42601" };

function sent(): Delivery {
  const delivery = new Delivery();
  delivery.sent();
  return delivery;
}

Deno.test("a statement that the server may have begun is not sent again", () => {
  assert.equal(sent().failed(lost, true, false), "reject-lost");
});

Deno.test("a statement that was lost before it began is sent again", () => {
  assert.equal(sent().failed(lost, false, false), "resend");
});

Deno.test("a statement that a standby gave up is sent again, unless rows of it were handed out", () => {
  assert.equal(sent().failed(conflict, true, false), "resend");
  assert.equal(sent().failed(conflict, true, true), "reject");
});

Deno.test("an error of the statement itself is its answer", () => {
  assert.equal(sent().failed(wrong, true, false), "reject");
});

Deno.test("the end of a statement is told once", () => {
  const twice = sent();
  assert.equal(twice.failed(lost, false, false), "resend");
  assert.equal(twice.failed(lost, false, false), "ignore");

  const answered = sent();
  answered.settle();
  assert.equal(answered.failed(conflict, true, false), "ignore");
});

Deno.test("a statement of a transaction is sent nowhere else, and neither is one that was cancelled", () => {
  const owned = sent();
  owned.owned = true;
  assert.equal(owned.failed(lost, false, false), "reject-lost");

  const cancelled = sent();
  cancelled.cancelAsked = true;
  assert.equal(cancelled.failed(conflict, true, false), "reject");
});

Deno.test("a statement is sent again a limited number of times", () => {
  let delivery = sent();
  for (let time = 0; time < maxResent; time++) {
    assert.equal(delivery.failed(lost, false, false), "resend");
    delivery = delivery.again();
    assert.ok(delivery.waiting);
    delivery.sent();
  }
  assert.equal(delivery.failed(lost, false, false), "reject-lost");
});
