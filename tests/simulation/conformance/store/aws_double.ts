/** The double of AWS Secrets Manager, asked for facts through the SDK and the adapter. */

import { rotationStore, secretsManager } from "../../../../adapters/aws/mod.ts";
import { startSession } from "../../../servers/secrets_manager/session.ts";
import { type Secret, secretId, type Subject, type SubjectFault, v1 } from "./subject.ts";

const functionArn = "arn:aws:lambda:eu-west-1:111111111111:function:rotate";
const secret = { SecretId: secretId };

/** A double on a free port. */
export async function awsDoubleSubject(): Promise<Subject> {
  const session = await startSession();
  const { double } = session;
  const admin = session.client("ADMIN");
  await admin.createSecret({ Name: secretId, ClientRequestToken: v1, SecretString: "one" });
  const rotation = rotationStore(session.client("ROTATOR"));
  const rotateWith = async (versionId: string, value?: Secret) => {
    double.onRotate(functionArn, async ({ Step, SecretId, ClientRequestToken }) => {
      if (value === undefined) throw new Error("The first step never succeeds.");
      if (Step === "createSecret") await rotation.putPending(SecretId, ClientRequestToken, value);
      if (Step === "finishSecret") {
        const { VersionId } = await admin.getSecretValue({ SecretId });
        await rotation.promote(SecretId, ClientRequestToken, VersionId!);
      }
    });
    const request = { RotationLambdaARN: functionArn, ClientRequestToken: versionId };
    try {
      await admin.rotateSecret({ ...secret, ...request });
    } finally {
      await double.rotationSettled(secretId);
    }
  };
  return {
    rotation,
    source: secretsManager(session.client("APP"), secretId),
    startRotation: (versionId) => rotateWith(versionId),
    rotate: (versionId, value) => rotateWith(versionId, value),
    async cancelRotation() {
      await admin.cancelRotateSecret(secret);
    },
    stageWithoutValue(versionId) {
      double.putRaw(secretId, versionId, { stages: ["AWSPENDING"] });
      return Promise.resolve();
    },
    async putCurrent(versionId, value) {
      await admin.putSecretValue({
        ...secret,
        ClientRequestToken: versionId,
        SecretString: value.reveal(),
      });
    },
    async rollBack() {
      const stage = { ...secret, VersionStage: "AWSPREVIOUS" };
      const { VersionId: previous } = await admin.getSecretValue(stage);
      const { VersionId: current } = await admin.getSecretValue(secret);
      await admin.updateSecretVersionStage({
        ...secret,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: previous,
        RemoveFromVersionId: current,
      });
    },
    inject: (fault) => inject(double, fault),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

type Double = Awaited<ReturnType<typeof startSession>>["double"];

const labels = { current: "AWSCURRENT", pending: "AWSPENDING", previous: "AWSPREVIOUS" };

function inject(double: Double, fault: SubjectFault): () => void {
  switch (fault.kind) {
    case "denied": {
      const versionStage = labels[fault.stage];
      const denied = double.inject({ match: { versionStage }, kind: "access-denied" });
      return () => denied.remove();
    }
    case "silent": {
      const { promise, resolve } = Promise.withResolvers<void>();
      const held = double.inject({ match: {}, kind: "latency", until: promise });
      return () => {
        held.remove();
        resolve();
      };
    }
    default: {
      const kind = fault.kind === "throttled" ? "throttle" : fault.kind;
      const refused = double.inject({ match: {}, kind });
      return () => refused.remove();
    }
  }
}
