/** The recorded facts as a test suite, for any implementation of the service. */

import assert from "node:assert/strict";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { Bindings } from "./bindings.ts";
import { furtherScenarios } from "./further_facts.ts";
import { recordedScenarios } from "./recorded_facts.ts";
import type { RecordedFailure, RecordedScenario, RecordedStep } from "./recorded_steps.ts";
import { type UnrecordedOperation, unrecordedOperations } from "./unrecorded_operations.ts";
import { sendRaw } from "./wire.ts";

/** An implementation with no secrets in it. */
export interface ConformanceTarget extends AsyncDisposable {
  readonly endpoint: string;
  readonly client: SecretsManager;
  /** A rotation function that reads AWSCURRENT, puts a value and moves AWSCURRENT. */
  readonly rotationFunctionArn: string;
  /** Resolves when the rotation of the secret has ended. */
  rotationSettled(secretId: string): Promise<unknown>;
}

/** Registers one test for each recorded scenario and each operation without a recording. */
export function conformance(name: string, connect: () => Promise<ConformanceTarget>): void {
  for (const scenario of [...recordedScenarios, ...furtherScenarios]) {
    Deno.test(`${name} answers as the real service did in ${scenario.name}`, async () => {
      await using target = await connect();
      await replay(scenario, target);
    });
  }
  for (const unrecorded of unrecordedOperations) {
    Deno.test(`${name} answers ${unrecorded.operation} in the shape of the SDK's model`, async () => {
      await using target = await connect();
      await checkShape(unrecorded, target);
    });
  }
}

async function replay(scenario: RecordedScenario, target: ConformanceTarget): Promise<void> {
  const bindings = new Bindings();
  const secretName = scenario.secretName ?? `s-${crypto.randomUUID().slice(0, 8)}`;
  bindings.bind("<name>", secretName);
  bindings.bind("<function>", target.rotationFunctionArn);
  for (const [index, step] of scenario.steps.entries()) {
    const path = `${step.recordedAs ?? `step ${index + 1}`} (${step.operation})`;
    if (step.afterRotation) await target.rotationSettled(secretName);
    const input = bindings.fill(step.input);
    const answer = await (step.raw ? rawAnswer : sdkAnswer)(target, step, input);
    bindings.match(answer, expected(step), path);
    if (isFields(answer.body) && typeof answer.body["ARN"] === "string") {
      checkArn(answer.body["ARN"], secretName, bindings);
    }
  }
}

interface Answer {
  readonly status: unknown;
  readonly body: unknown;
}

function expected({ answer, raw }: RecordedStep): Answer {
  if (!isFailure(answer)) return { status: 200, body: answer };
  const { code, message } = answer.failure;
  // The service writes Message with a capital; the SDK turns it into the message of an Error.
  const body = raw ? { __type: code, Message: message } : { code, message };
  return { status: 400, body };
}

function rawAnswer(target: ConformanceTarget, step: RecordedStep, input: unknown): Promise<Answer> {
  return sendRaw(target.endpoint, step.operation, input);
}

async function sdkAnswer(
  target: ConformanceTarget,
  { operation }: RecordedStep,
  input: unknown,
): Promise<Answer> {
  try {
    const { $metadata, ...body } = await callSdk(target.client, operation, input);
    return { status: $metadata.httpStatusCode, body };
  } catch (error) {
    if (!(error instanceof Error && "$metadata" in error)) throw error;
    const { httpStatusCode } = error.$metadata as SdkMetadata;
    return { status: httpStatusCode, body: { code: error.name, message: error.message } };
  }
}

interface SdkMetadata {
  readonly httpStatusCode?: number;
}

type SdkOutput = Record<string, unknown> & { readonly $metadata: SdkMetadata };

/** The aggregated client has one method for each operation, named like it in lower camel case. */
function callSdk(client: SecretsManager, operation: string, input: unknown): Promise<SdkOutput> {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const methods = client as unknown as Record<string, (input: unknown) => Promise<SdkOutput>>;
  assert.equal(typeof methods[method], "function", `the SDK has ${method}`);
  return methods[method]!(input);
}

/** Tests know the ARN's suffix: six characters, so that a name can be cut out of it. */
function checkArn(arn: string, secretName: string, bindings: Bindings): void {
  const suffix = arn.slice(-7);
  assert.match(suffix, /^-[A-Za-z0-9]{6}$/);
  const stem = arn.slice(0, -7);
  assert.match(stem, /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:/);
  assert.ok(stem.endsWith(`:secret:${secretName}`), `${arn} is made of the name`);
  bindings.bind("<arn without suffix>", stem);
}

async function checkShape(
  { operation, prepare, input, answer }: UnrecordedOperation,
  target: ConformanceTarget,
): Promise<void> {
  const bindings = new Bindings();
  bindings.bind("<name>", `s-${crypto.randomUUID().slice(0, 8)}`);
  for (const before of prepare) {
    await callSdk(target.client, before.operation, bindings.fill(before.input));
  }
  const wire = await sendRaw(target.endpoint, operation, bindings.fill(input));
  assert.equal(wire.status, 200);
  const { $metadata: _, ...typed } = await callSdk(target.client, operation, bindings.fill(input));
  const types = Object.entries(typed).filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, value instanceof Date ? "date" : typeof value]);
  assert.deepEqual(Object.fromEntries(types), answer);
  assert.deepEqual(Object.keys(wire.body).sort(), Object.keys(answer).sort(), "on the wire");
}

function isFailure(answer: RecordedStep["answer"]): answer is RecordedFailure {
  return "failure" in answer;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
