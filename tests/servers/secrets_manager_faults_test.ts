import assert from "node:assert/strict";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { type Session, startSession } from "./secrets_manager/session.ts";

const TOKEN = "22222222-2222-4222-8222-222222222222";
const DB = { SecretId: "db" };
const READ = { operation: "GetSecretValue" };

async function startWithSecret(): Promise<Session & { app: SecretsManager }> {
  const session = await startSession();
  const app = session.client("APP");
  await app.createSecret({ Name: "db", SecretString: "one" });
  return { ...session, app };
}

Deno.test("a throttle is retried by the SDK and used up after its times", async () => {
  await using session = await startWithSecret();
  const { double } = session;
  const patient = session.client("PATIENT", 2);
  const fault = double.inject({ match: READ, times: 1, kind: "throttle" });
  assert.equal((await patient.getSecretValue(DB)).SecretString, "one");
  assert.equal(fault.hits, 1);
  const outcomes = double.calls({ accessKeyId: "PATIENT" }).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ["ThrottlingException", "ok"]);
});

Deno.test("a throttle is HTTP 400 and an internal error is HTTP 500", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  const throttle = double.inject({ match: READ, kind: "throttle" });
  await assert.rejects(app.getSecretValue(DB), (error: SdkError) => {
    assert.equal(error.name, "ThrottlingException");
    assert.equal(error.message, "Rate exceeded");
    assert.equal(error.$metadata.httpStatusCode, 400);
    return true;
  });
  throttle.remove();
  using _ = double.inject({ match: READ, kind: "internal-error" });
  await assert.rejects(app.getSecretValue(DB), (error: SdkError) => {
    assert.equal(error.name, "InternalServiceError");
    assert.equal(error.$metadata.httpStatusCode, 500);
    return true;
  });
});

type SdkError = Error & { $metadata: { httpStatusCode?: number } };

Deno.test("a fault hits only the client, secret and operation that it matches", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  const other = session.client("OTHER");
  await app.createSecret({ Name: "other", SecretString: "x" });
  const { ARN } = await app.describeSecret(DB);
  const match = { ...READ, accessKeyId: "APP", secretId: ARN! };
  using fault = double.inject({ match, kind: "throttle" });
  await assert.rejects(app.getSecretValue(DB));
  await app.getSecretValue({ SecretId: "other" });
  await app.describeSecret(DB);
  await other.getSecretValue(DB);
  assert.equal(fault.hits, 1);
});

Deno.test("access can be denied to one stage only, by default AWSCURRENT", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  await app.putSecretValue({ ...DB, SecretString: "two", VersionStages: ["AWSPENDING"] });
  const pending = double.inject({
    match: { versionStage: "AWSPENDING" },
    kind: "access-denied",
  });
  assert.equal((await app.getSecretValue(DB)).SecretString, "one");
  const denied = { name: "AccessDeniedException" };
  await assert.rejects(app.getSecretValue({ ...DB, VersionStage: "AWSPENDING" }), denied);
  pending.remove();
  using _ = double.inject({ match: { versionStage: "AWSCURRENT" }, kind: "access-denied" });
  await assert.rejects(app.getSecretValue(DB), denied);
  await app.getSecretValue({ ...DB, VersionStage: "AWSPENDING" });
});

Deno.test("an outage cuts the connection and executes nothing", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  {
    using _ = double.inject({ match: { accessKeyId: "APP" }, kind: "outage" });
    await assert.rejects(app.putSecretValue({ ...DB, SecretString: "two" }), {
      code: "ECONNRESET",
    });
  }
  assert.equal((await app.getSecretValue(DB)).SecretString, "one");
  assert.equal(double.calls({ operation: "PutSecretValue" })[0]?.outcome, "outage");
});

Deno.test("a dropped response was executed, so that the SDK's retry must be harmless", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  const put = { ...DB, ClientRequestToken: TOKEN, SecretString: "two" };
  const drop = { match: { operation: "PutSecretValue" }, times: 1, kind: "drop-response" } as const;
  double.inject(drop);
  await assert.rejects(app.putSecretValue(put), { code: "ECONNRESET" });
  assert.equal((await app.getSecretValue(DB)).SecretString, "two");
  double.inject(drop);
  const patient = session.client("PATIENT", 2);
  assert.equal((await patient.putSecretValue(put)).VersionId, TOKEN);
  const outcomes = double.calls({ accessKeyId: "PATIENT" }).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ["drop-response", "ok"]);
});

Deno.test("latency holds a request back until its promise is fulfilled", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  const gate = Promise.withResolvers<void>();
  using fault = double.inject({ match: READ, times: 1, kind: "latency", until: gate.promise });
  const slow = app.getSecretValue(DB);
  await fault.firstHit;
  await session.client("ROTATOR").putSecretValue({ ...DB, SecretString: "two" });
  gate.resolve();
  assert.equal((await slow).SecretString, "two");
});

Deno.test("latency in milliseconds is waited before the answer", async () => {
  await using session = await startWithSecret();
  using _ = session.double.inject({ match: READ, kind: "latency", ms: 30 });
  const startMs = performance.now();
  await session.app.getSecretValue(DB);
  assert.ok(performance.now() - startMs >= 29);
});

Deno.test("what a latency holds back goes on when the fault is disposed of", async () => {
  await using session = await startWithSecret();
  const slow = session.double.inject({ match: READ, kind: "latency", ms: 3_600_000 });
  const read = session.app.getSecretValue(DB);
  await slow.firstHit;
  slow[Symbol.dispose]();
  assert.ok((await read).SecretString);
});

Deno.test("latencies add to another fault, and of two failures the first injected counts", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  const slow = double.inject({ match: READ, kind: "latency", ms: 1 });
  const first = double.inject({ match: READ, kind: "internal-error" });
  const second = double.inject({ match: READ, kind: "throttle" });
  await assert.rejects(app.getSecretValue(DB), { name: "InternalServiceError" });
  assert.deepEqual([slow.hits, first.hits, second.hits], [1, 1, 0]);
});

Deno.test("a stale read answers from the labels and values of an earlier instant", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  const asOfMs = performance.now();
  await app.putSecretValue({ ...DB, ClientRequestToken: TOKEN, SecretString: "two" });
  const fault = double.inject({ match: {}, kind: "stale-read", asOfMs });
  assert.equal((await app.getSecretValue(DB)).SecretString, "one");
  const stale = await app.describeSecret(DB);
  assert.equal(stale.VersionIdsToStages?.[TOKEN], undefined);
  await assert.rejects(app.getSecretValue({ ...DB, VersionId: TOKEN }), {
    name: "ResourceNotFoundException",
  });
  // Writes and lists are never stale, and a stale read brings no old label back.
  await app.updateSecret({ ...DB, Description: "written" });
  fault.remove();
  assert.equal((await app.getSecretValue(DB)).SecretString, "two");
});

Deno.test("a stale read of some milliseconds ago catches up with the clock", async () => {
  await using session = await startWithSecret();
  const { double, app } = session;
  using lagging = double.inject({ match: READ, times: 1, kind: "stale-read", ms: 3_600_000 });
  await assert.rejects(app.getSecretValue(DB), { name: "ResourceNotFoundException" });
  assert.equal(lagging.hits, 1);
  using _ = double.inject({ match: READ, kind: "stale-read", ms: 0 });
  assert.equal((await app.getSecretValue(DB)).SecretString, "one");
});

Deno.test("closing releases a request that is held back", async () => {
  const session = await startWithSecret();
  const until = new Promise<void>(() => {});
  const fault = session.double.inject({ match: READ, kind: "latency", until });
  const held = session.app.getSecretValue(DB).then(() => "answered", () => "cut");
  await fault.firstHit;
  await session[Symbol.asyncDispose]();
  assert.match(await held, /answered|cut/);
});
