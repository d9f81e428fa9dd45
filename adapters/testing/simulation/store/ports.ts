/** The simulated store as processes see it: through the network, with everything that goes wrong. */

import type { VersionStage } from "../../../../core/credential.ts";
import { codeOf } from "../../../../core/errors.ts";
import type { RotationStore } from "../../../../core/rotation/ports.ts";
import type { Secret } from "../../../../core/secret.ts";
import type { SecretSource, SecretVersion } from "../../../../core/source.ts";
import type { Network } from "../network.ts";
import type { ProcessClock } from "../process_clock.ts";
import type { Timeline } from "../timeline.ts";
import { untilAborted } from "./abort.ts";
import type { StoreFaults, StoreRequest } from "./faults.ts";
import type { ReadLog } from "./read_log.ts";

/** The server's side of the ports. */
export interface StoreServer {
  readonly network: Network;
  readonly timeline: Timeline;
  readonly faults: StoreFaults;
  readonly reads: ReadLog;
  getSecretValue(secretId: string, stage: VersionStage): SecretVersion;
  describeSecret: (secretId: string) => Awaited<ReturnType<RotationStore["describe"]>>;
  putPending(secretId: string, versionId: string, value: Secret): "stored" | "exists";
  promote(secretId: string, toVersionId: string, fromVersionId: string): void;
  clearPending(secretId: string, versionId: string): void;
}

/** A process and the access key that it uses. */
export interface Caller {
  readonly process: ProcessClock;
  readonly principal: string;
}

/** The source of one secret for an app. */
export function sourceOf(
  server: StoreServer,
  caller: Caller,
  secretId: string,
  heedsSignal: boolean,
): SecretSource {
  return Object.freeze(
    {
      name: secretId,
      read: (stage, { signal }) =>
        read(server, caller, secretId, stage, heedsSignal ? signal : undefined),
    } satisfies SecretSource,
  );
}

/** The store for a rotator. */
export function rotationStoreOf(
  server: StoreServer,
  caller: Caller,
  generatePassword: () => Secret,
): RotationStore {
  const ask = <T>(request: Omit<StoreRequest, "principal">, about: string, work: () => T) =>
    noted(server, caller, { ...request, principal: caller.principal }, about, work);
  return Object.freeze(
    {
      describe: (secretId) =>
        ask({ operation: "DescribeSecret" }, "", () => server.describeSecret(secretId)),
      read: (secretId, stage) => read(server, caller, secretId, stage),
      putPending: (secretId, versionId, value) =>
        ask(
          { operation: "PutSecretValue", stage: "pending" },
          ` ${versionId}`,
          () => server.putPending(secretId, versionId, value),
        ),
      promote: (secretId, toVersionId, fromVersionId) =>
        ask(
          { operation: "UpdateSecretVersionStage", stage: "current" },
          ` ${fromVersionId} to ${toVersionId}`,
          () => server.promote(secretId, toVersionId, fromVersionId),
        ),
      clearPending: (secretId, versionId) =>
        ask(
          { operation: "UpdateSecretVersionStage", stage: "pending" },
          ` off ${versionId}`,
          () => server.clearPending(secretId, versionId),
        ),
      generatePassword: () => ask({ operation: "GetRandomPassword" }, "", generatePassword),
    } satisfies RotationStore,
  );
}

/** Undefined when the store has nothing there, as the adapter for AWS gives it. */
async function read(
  server: StoreServer,
  caller: Caller,
  secretId: string,
  stage: VersionStage,
  signal?: AbortSignal,
): Promise<SecretVersion | undefined> {
  const { timeline, reads } = server;
  const { principal } = caller;
  const { sequence, end } = reads.begin({ principal, secretId, stage });
  timeline.note(principal, `reads ${stage} of ${secretId} (${sequence})`);
  const request = { principal, operation: "GetSecretValue", stage } as const;
  const send = () =>
    exchange(server, caller, request, () => server.getSecretValue(secretId, stage));
  try {
    const version = await (signal === undefined ? send() : untilAborted(signal, send));
    timeline.note(principal, `has read ${version.versionId} (${sequence})`);
    end({ versionId: version.versionId, errorName: undefined });
    return version;
  } catch (error) {
    const { name } = error as Error;
    const nothing = name === "ResourceNotFoundException";
    timeline.note(principal, `${nothing ? "has read nothing" : `fails: ${name}`} (${sequence})`);
    end({ versionId: undefined, errorName: nothing ? undefined : name });
    if (nothing) return undefined;
    throw error;
  }
}

async function noted<T>(
  server: StoreServer,
  caller: Caller,
  request: StoreRequest,
  about: string,
  work: () => T,
): Promise<T> {
  const { operation, stage } = request;
  const words = `${operation}${stage === undefined ? "" : ` ${stage}`}${about}`;
  server.timeline.note(caller.principal, `asks ${words}`);
  try {
    const answer = await exchange(server, caller, request, work);
    server.timeline.note(caller.principal, `has done ${words}`);
    return answer;
  } catch (error) {
    server.timeline.note(caller.principal, `fails ${words}: ${codeOf(error)}`);
    throw error;
  }
}

/** The faults are those in force when the request arrives. */
function exchange<T>(
  { network, faults }: StoreServer,
  { process }: Caller,
  request: StoreRequest,
  work: () => T,
): Promise<T> {
  return network.exchange(
    process,
    "store",
    () => faults.judge(request) === "silent" ? new Promise<never>(() => {}) : work(),
  );
}
