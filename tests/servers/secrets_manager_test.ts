import assert from "node:assert/strict";
import fc from "fast-check";
import { assertLoopback } from "./secrets_manager/mod.ts";
import { startSession } from "./secrets_manager/session.ts";
import { moveStage, putVersion, type SecretState } from "./secrets_manager/state.ts";
import { sendRaw } from "./secrets_manager/wire.ts";

const TOKEN_1 = "11111111-1111-4111-8111-111111111111";
const TOKEN_2 = "22222222-2222-4222-8222-222222222222";
const DB = { SecretId: "db" };

Deno.test("an endpoint that is not on the loopback interface is refused", () => {
  for (const endpoint of ["http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:80"]) {
    assertLoopback(endpoint);
  }
  for (
    const endpoint of [
      undefined,
      "",
      "127.0.0.1:4566",
      "https://secretsmanager.eu-west-1.amazonaws.com",
      "http://127.0.0.1.example.com",
      "http://localhost.example.com",
      "http://0.0.0.0",
    ]
  ) {
    assert.throws(() => assertLoopback(endpoint), /loopback/);
  }
});

Deno.test("calls are listed in order with the access key of each client", async () => {
  await using session = await startSession();
  const { double } = session;
  const [app, rotator] = [session.client("APP"), session.client("ROTATOR")];
  const { ARN } = await rotator.createSecret({ Name: "db", SecretString: "hunter2" });
  await app.getSecretValue(DB);
  await assert.rejects(app.getSecretValue({ ...DB, VersionStage: "AWSPENDING" }));
  const since = performance.now();
  await rotator.putSecretValue({
    SecretId: ARN,
    ClientRequestToken: TOKEN_1,
    SecretString: "hunter3",
    VersionStages: ["AWSPENDING"],
  });
  await app.getSecretValue({ ...DB, VersionId: TOKEN_1 });

  const brief = double.calls().map((call) => [
    call.operation,
    call.accessKeyId,
    call.secretId,
    call.versionStage,
    call.outcome,
  ]);
  assert.deepEqual(brief, [
    ["CreateSecret", "ROTATOR", "db", undefined, "ok"],
    ["GetSecretValue", "APP", "db", "AWSCURRENT", "ok"],
    ["GetSecretValue", "APP", "db", "AWSPENDING", "ResourceNotFoundException"],
    ["PutSecretValue", "ROTATOR", "db", "AWSPENDING", "ok"],
    ["GetSecretValue", "APP", "db", undefined, "ok"],
  ]);
  assert.equal(double.calls({ accessKeyId: "APP" }).length, 3);
  assert.equal(double.calls({ secretId: ARN!, operation: "PutSecretValue" }).length, 1);
  assert.deepEqual(double.calls({ since }).map(({ versionId }) => versionId), [TOKEN_1, TOKEN_1]);
});

Deno.test("calls never hold a secret value", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  await client.createSecret({ Name: "db", SecretString: "hunter2" });
  await client.putSecretValue({ ...DB, SecretString: "hunter3" });
  await client.updateSecret({ ...DB, SecretString: "hunter4" });
  await client.getSecretValue(DB);
  assert.equal(session.double.calls().length, 4);
  assert.doesNotMatch(JSON.stringify(session.double.calls()), /hunter/);
});

Deno.test("a version keeps its value: the same put again is harmless, another one is refused", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  const { VersionId } = await client.createSecret({ Name: "db", SecretString: "one" });
  const put = { ...DB, ClientRequestToken: TOKEN_1, SecretString: "two" };
  const first = await client.putSecretValue(put);
  assert.deepEqual(first.VersionStages, ["AWSCURRENT"]);
  const again = await client.putSecretValue({ ...put, VersionStages: ["AWSPENDING"] });
  assert.deepEqual(again.VersionStages, ["AWSCURRENT"]);
  await assert.rejects(client.putSecretValue({ ...put, SecretString: "three" }), {
    name: "ResourceExistsException",
  });
  const { VersionIdsToStages } = await client.describeSecret(DB);
  assert.deepEqual(VersionIdsToStages, {
    [VersionId!]: ["AWSPREVIOUS"],
    [TOKEN_1]: ["AWSCURRENT"],
  });
});

Deno.test("a label moves only when the version that holds it is named", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  await client.createSecret({ Name: "db", ClientRequestToken: TOKEN_1, SecretString: "one" });
  const pending = { ClientRequestToken: TOKEN_2, VersionStages: ["AWSPENDING"] };
  await client.putSecretValue({ ...DB, ...pending, SecretString: "two" });
  const current = { ...DB, VersionStage: "AWSCURRENT" };
  const refused = (from: string | undefined, to: string | undefined, message: RegExp) =>
    assert.rejects(
      client.updateSecretVersionStage({
        ...current,
        RemoveFromVersionId: from,
        MoveToVersionId: to,
      }),
      { name: "InvalidParameterException", message },
    );
  await refused(undefined, TOKEN_2, /RemoveFromVersionId can't be empty/);
  await refused(TOKEN_2, TOKEN_2, /must be set to the version that currently has/);
  await refused(TOKEN_1, undefined, /can't be completely removed/);
  await client.updateSecretVersionStage({
    ...current,
    RemoveFromVersionId: TOKEN_1,
    MoveToVersionId: TOKEN_2,
  });
  assert.equal((await client.getSecretValue(DB)).SecretString, "two");
  const previous = await client.getSecretValue({ ...DB, VersionStage: "AWSPREVIOUS" });
  assert.equal(previous.SecretString, "one");
});

Deno.test("the date of the last access is a day, and there is none before the first", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  await client.createSecret({ Name: "db", SecretString: "one" });
  assert.equal((await client.describeSecret(DB)).LastAccessedDate, undefined);
  await client.getSecretValue(DB);
  const { LastAccessedDate } = await client.describeSecret(DB);
  assert.equal(LastAccessedDate!.getTime() % 86_400_000, 0);
});

Deno.test("a secret marked for deletion refuses reads until it is restored", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  await client.createSecret({ Name: "db", SecretString: "one" });
  await client.deleteSecret({ ...DB, RecoveryWindowInDays: 7 });
  await assert.rejects(client.getSecretValue(DB), { name: "InvalidRequestException" });
  await client.restoreSecret(DB);
  assert.equal((await client.getSecretValue(DB)).SecretString, "one");
});

Deno.test("a creation repeated with the same token answers as the first time", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  const request = { Name: "db", ClientRequestToken: TOKEN_1, SecretString: "one" };
  const { ARN } = await client.createSecret(request);
  assert.equal((await client.createSecret(request)).ARN, ARN);
  await assert.rejects(client.createSecret({ ...request, SecretString: "two" }), {
    name: "ResourceExistsException",
  });
});

Deno.test("odd states can be set directly", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  await client.createSecret({ Name: "db", ClientRequestToken: TOKEN_1, SecretString: "one" });
  session.double.putRaw("db", TOKEN_1, { stages: ["AWSPENDING", "AWSCURRENT"], value: "one" });
  const both = await client.getSecretValue({ ...DB, VersionStage: "AWSPENDING" });
  assert.deepEqual(both.VersionStages, ["AWSCURRENT", "AWSPENDING"]);
  session.double.putRaw("db", TOKEN_2, { stages: ["AWSPENDING"] });
  await assert.rejects(client.getSecretValue({ ...DB, VersionStage: "AWSPENDING" }), {
    name: "ResourceNotFoundException",
  });
  const { VersionIdsToStages } = await client.describeSecret(DB);
  assert.deepEqual(VersionIdsToStages, { [TOKEN_1]: ["AWSCURRENT"], [TOKEN_2]: ["AWSPENDING"] });
});

Deno.test("a random password respects every exclusion and includes every other type", async () => {
  await using session = await startSession();
  const client = session.client("APP");
  const password = async (input: Parameters<typeof client.getRandomPassword>[0]) =>
    (await client.getRandomPassword(input)).RandomPassword!;
  const standard = await password({ ExcludeCharacters: "/@\"'\\:" });
  assert.equal(standard.length, 32);
  assert.match(standard, /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^A-Za-z\d])[^/@"'\\:\s]+$/);
  assert.match(await password({ PasswordLength: 4 }), /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d).{4}$/);
  const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true };
  assert.match(await password({ ...digits, PasswordLength: 64 }), /^\d{64}$/);
  assert.match(await password({ ...digits, ExcludeNumbers: true, IncludeSpace: true }), /^ {32}$/);
  const nothing = { ...digits, ExcludeNumbers: true };
  await assert.rejects(password(nothing), { name: "InvalidParameterException" });
  await assert.rejects(password({ PasswordLength: 3 }), { name: "InvalidParameterException" });
  assert.equal((await password({ PasswordLength: 3, RequireEachIncludedType: false })).length, 3);
});

Deno.test("a request that is not understood is an error of the protocol", async () => {
  await using session = await startSession();
  const { endpoint } = session.double;
  const unknown = await sendRaw(endpoint, "PutEverything", {});
  assert.deepEqual([unknown.status, unknown.body["__type"]], [400, "UnknownOperationException"]);
  const list = await sendRaw(endpoint, "GetSecretValue", ["db"]);
  assert.equal(list.body["__type"], "SerializationException");
  const missing = await sendRaw(endpoint, "GetSecretValue", {});
  assert.equal(missing.body["__type"], "ValidationException");
  const unsigned = await fetch(endpoint, {
    method: "POST",
    headers: { "x-amz-target": "secretsmanager.GetSecretValue" },
    body: "{}",
  });
  assert.equal(unsigned.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
  await unsigned.body?.cancel();
});

Deno.test("whatever is put and moved, a label is on one version and AWSCURRENT on exactly one", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const stage = fc.constantFrom("AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "mine");
  const action = fc.oneof(
    fc.record({ put: id, stages: fc.uniqueArray(stage, { minLength: 1 }) }),
    fc.record({ move: stage, to: fc.option(id, { nil: undefined }), from: id }),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
    const empty = { arn: "arn", name: "db", createToken: "a", createdMs: 0, changedMs: 0 };
    let secret: SecretState = putVersion({ ...empty, versions: [] }, "a", { text: "a" }, [], 0);
    for (const step of actions) {
      try {
        secret = "put" in step
          ? putVersion(secret, step.put, { text: step.put }, step.stages, 0)
          : moveStage(secret, step.move, step, 0);
      } catch {
        continue;
      }
      const labels = secret.versions.flatMap(({ stages }) => stages);
      assert.equal(new Set(labels).size, labels.length);
      assert.ok(labels.includes("AWSCURRENT"));
    }
  }));
});
