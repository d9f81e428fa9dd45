import assert from "node:assert/strict";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { RotationEvent } from "./secrets_manager/mod.ts";
import { type Session, startSession } from "./secrets_manager/session.ts";
import { textbookRotation } from "./secrets_manager/textbook_rotation.ts";

const FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:rotate";
const TOKEN_1 = "11111111-1111-4111-8111-111111111111";
const TOKEN_2 = "22222222-2222-4222-8222-222222222222";
const TOKEN_3 = "33333333-3333-4333-8333-333333333333";
const DB = { SecretId: "db" };
const ROTATE = { ...DB, RotationLambdaARN: FUNCTION };

interface RotationSession extends Session {
  readonly admin: SecretsManager;
  readonly events: RotationEvent[];
  /** Called before each step of the textbook function. */
  before: (event: RotationEvent, signal: AbortSignal) => Promise<void>;
}

/** A secret whose version is TOKEN_1, and the textbook function with a hook before each step. */
async function startRotatable(): Promise<RotationSession> {
  const session = await startSession();
  const admin = session.client("ADMIN");
  const textbook = textbookRotation(session.client("ROTATOR"));
  await admin.createSecret({ Name: "db", ClientRequestToken: TOKEN_1, SecretString: "one" });
  const rotatable: RotationSession = {
    ...session,
    admin,
    events: [],
    before: () => Promise.resolve(),
  };
  session.double.onRotate(FUNCTION, async (event, signal) => {
    rotatable.events.push(event);
    await rotatable.before(event, signal);
    await textbook(event, signal);
  });
  return rotatable;
}

function steps({ events }: RotationSession): string[] {
  return events.map(({ Step }) => Step);
}

const ALL_STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];

Deno.test("a rotation invokes the four steps with the ARN and the token, and finishes the labels", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  const { ARN, VersionId } = await admin.rotateSecret({
    ...ROTATE,
    ClientRequestToken: TOKEN_2,
    RotationRules: { ScheduleExpression: "rate(4 hours)" },
  });
  assert.equal(VersionId, TOKEN_2);
  assert.deepEqual(await double.rotationSettled("db"), { versionId: TOKEN_2 });
  assert.deepEqual(
    session.events,
    ALL_STEPS.map((Step) => ({ SecretId: ARN, ClientRequestToken: TOKEN_2, Step })),
  );
  const after = await admin.describeSecret(DB);
  assert.deepEqual(after.VersionIdsToStages, {
    [TOKEN_1]: ["AWSPREVIOUS"],
    [TOKEN_2]: ["AWSCURRENT"],
  });
  const hours = (after.NextRotationDate!.getTime() - after.LastRotatedDate!.getTime()) / 3_600_000;
  assert.equal(hours, 4);
  assert.equal((await admin.getSecretValue(DB)).SecretString, `rotated-${TOKEN_2}`);
});

Deno.test("the version is staged without a value before the first step", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  const reached = Promise.withResolvers<void>();
  const proceed = Promise.withResolvers<void>();
  session.before = async ({ Step }) => {
    if (Step !== "createSecret") return;
    reached.resolve();
    await proceed.promise;
  };
  // RotateSecret answers although the function is still at its first step.
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  await reached.promise;
  const { VersionIdsToStages } = await admin.describeSecret(DB);
  assert.deepEqual(VersionIdsToStages?.[TOKEN_2], ["AWSPENDING"]);
  for (const by of [{ VersionId: TOKEN_2 }, { VersionStage: "AWSPENDING" }]) {
    await assert.rejects(admin.getSecretValue({ ...DB, ...by }), {
      name: "ResourceNotFoundException",
    });
  }
  proceed.resolve();
  await double.rotationSettled("db");
});

Deno.test("a failing step ends the rotation and leaves AWSPENDING where it is", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  const failure = new Error("The database is down.");
  session.before = ({ Step }) => Step === "setSecret" ? Promise.reject(failure) : Promise.resolve();
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  const outcome = await double.rotationSettled("db");
  assert.deepEqual(outcome, { versionId: TOKEN_2, failedStep: "setSecret", error: failure });
  assert.deepEqual(steps(session), ["createSecret", "setSecret"]);
  const after = await admin.describeSecret(DB);
  assert.deepEqual(after.VersionIdsToStages, {
    [TOKEN_1]: ["AWSCURRENT"],
    [TOKEN_2]: ["AWSPENDING"],
  });
  assert.equal(after.LastRotatedDate, undefined);
});

Deno.test("a new rotation is refused while one is incomplete, and that one is reattempted", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  session.before = ({ Step }) =>
    Step === "testSecret" ? Promise.reject(new Error("no")) : Promise.resolve();
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  await double.rotationSettled("db");
  session.before = () => Promise.resolve();
  session.events.length = 0;
  await assert.rejects(admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_3 }), {
    name: "InvalidRequestException",
    message: "A previous rotation isn't complete. That rotation will be reattempted.",
  });
  assert.deepEqual(await double.rotationSettled("db"), { versionId: TOKEN_2 });
  assert.deepEqual(steps(session), ALL_STEPS);
  assert.deepEqual(
    new Set(session.events.map((event) => event.ClientRequestToken)),
    new Set([TOKEN_2]),
  );
  assert.equal((await admin.getSecretValue(DB)).VersionId, TOKEN_2);
});

Deno.test("a rotation that is running is not started twice, and its own token may be repeated", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  const reached = Promise.withResolvers<void>();
  const proceed = Promise.withResolvers<void>();
  session.before = async ({ Step }) => {
    if (Step !== "setSecret") return;
    reached.resolve();
    await proceed.promise;
  };
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  await reached.promise;
  await assert.rejects(admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_3 }));
  const repeated = await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  assert.equal(repeated.VersionId, TOKEN_2);
  proceed.resolve();
  await double.rotationSettled("db");
  assert.deepEqual(steps(session), ALL_STEPS);
  // Nor does the token of a rotation that is over start another one.
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  assert.deepEqual(steps(session), ALL_STEPS);
});

Deno.test("AWSPENDING left on the current version is no rotation under way", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  double.putRaw("db", TOKEN_1, { stages: ["AWSCURRENT", "AWSPENDING"], value: "one" });
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  assert.deepEqual(await double.rotationSettled("db"), { versionId: TOKEN_2 });
});

Deno.test("a cancelled rotation invokes no further step and keeps its label", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  session.before = async ({ Step }) => {
    if (Step === "setSecret") await admin.cancelRotateSecret(DB);
  };
  // The textbook function itself refuses a step once the rotation is off, so let it pass.
  double.onRotate(FUNCTION, async (event, signal) => {
    session.events.push(event);
    await session.before(event, signal);
  });
  await admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  const { failedStep } = await double.rotationSettled("db");
  assert.equal(failedStep, "testSecret");
  assert.deepEqual(steps(session), ["createSecret", "setSecret"]);
  const after = await admin.describeSecret(DB);
  assert.equal(after.RotationEnabled, false);
  assert.deepEqual(after.VersionIdsToStages?.[TOKEN_2], ["AWSPENDING"]);
});

Deno.test("a rotation that is not immediate tries testSecret on a version that is removed again", async () => {
  await using session = await startRotatable();
  const { admin, double } = session;
  let staged: string[] | undefined;
  session.before = async () => {
    staged = (await admin.describeSecret(DB)).VersionIdsToStages?.[TOKEN_2];
  };
  await admin.rotateSecret({
    ...ROTATE,
    ClientRequestToken: TOKEN_2,
    RotateImmediately: false,
  });
  assert.deepEqual(await double.rotationSettled("db"), { versionId: TOKEN_2 });
  assert.deepEqual(steps(session), ["testSecret"]);
  assert.deepEqual(staged, ["AWSPENDING"]);
  const after = await admin.describeSecret(DB);
  assert.deepEqual(after.VersionIdsToStages, { [TOKEN_1]: ["AWSCURRENT"] });
  assert.equal(after.RotationEnabled, true);
});

Deno.test("a function that leaves the label where it was has not finished", async () => {
  await using session = await startRotatable();
  session.double.onRotate(FUNCTION, () => Promise.resolve());
  await session.admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  const { failedStep } = await session.double.rotationSettled("db");
  assert.equal(failedStep, "finishSecret");
});

Deno.test("closing aborts the step that is running and begins no other", async () => {
  const session = await startRotatable();
  const reached = Promise.withResolvers<void>();
  session.before = (_event, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      reached.resolve();
    });
  await session.admin.rotateSecret({ ...ROTATE, ClientRequestToken: TOKEN_2 });
  await reached.promise;
  const settled = session.double.rotationSettled("db");
  await session[Symbol.asyncDispose]();
  assert.equal((await settled).failedStep, "createSecret");
  assert.deepEqual(steps(session), ["createSecret"]);
});

Deno.test("waiting for a rotation that never was is an error", async () => {
  await using session = await startRotatable();
  await assert.rejects(session.double.rotationSettled("db"), /ever started/);
});
