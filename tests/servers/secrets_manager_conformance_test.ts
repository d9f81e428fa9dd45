import assert from "node:assert/strict";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { conformance, type ConformanceTarget } from "./secrets_manager/conformance.ts";
import { startSecretsManager } from "./secrets_manager/mod.ts";
import { leftOut, recordedScenarios } from "./secrets_manager/recorded_facts.ts";
import { textbookRotation } from "./secrets_manager/textbook_rotation.ts";
import { unrecordedOperations } from "./secrets_manager/unrecorded_operations.ts";

async function connect(): Promise<ConformanceTarget> {
  const double = await startSecretsManager();
  const client = new SecretsManager({ ...double.clientConfig("conformance"), maxAttempts: 1 });
  const rotationFunctionArn = "arn:aws:lambda:eu-west-1:111111111111:function:rotate";
  double.onRotate(rotationFunctionArn, textbookRotation(client));
  return {
    endpoint: double.endpoint,
    client,
    rotationFunctionArn,
    rotationSettled: (secretId) => double.rotationSettled(secretId),
    [Symbol.asyncDispose]: async () => {
      await double.close();
      client.destroy();
    },
  };
}

conformance("the double", connect);

Deno.test("all 36 recordings are replayed and none is left out", () => {
  assert.deepEqual(leftOut, []);
  const names = [...recordedScenarios, ...leftOut].map(({ name }) => name);
  assert.equal(names.length, 36);
  assert.equal(new Set(names).size, 36);
});

Deno.test("the operations without a recording are known by name", () => {
  const names = unrecordedOperations.map(({ operation }) => operation);
  assert.deepEqual(names, ["GetRandomPassword", "RestoreSecret", "CancelRotateSecret"]);
});
