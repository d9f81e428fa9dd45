/**
 * A double of AWS Secrets Manager for tests and the demo: the real protocol over HTTP on the
 * loopback interface, the real state machine, rotation functions that are called back, and faults
 * on demand. It is held to recorded responses of the real service (conformance.ts).
 *
 * @module
 */

import { type Call, type CallFilter, CallLog, describeCall } from "./call_log.ts";
import { ServiceError } from "./errors.ts";
import { type Fault, Faults, type InjectedFault, type Verdict } from "./faults.ts";
import { assertLoopback } from "./loopback.ts";
import { execute } from "./operations.ts";
import { type RotationFunction, type RotationOutcome, Rotations } from "./rotation.ts";
import { listen, type ListeningServer, type ServiceReply, type ServiceRequest } from "./server.ts";
import { forceVersion } from "./state.ts";
import { SecretStore } from "./store.ts";
import { held, pause } from "./waits.ts";

export type { Call, CallFilter, CallMatch } from "./call_log.ts";
export type { Fault, FaultEffect, InjectedFault } from "./faults.ts";
export { assertLoopback } from "./loopback.ts";
export type { RotationEvent, RotationFunction, RotationOutcome, RotationStep } from "./rotation.ts";

/** Options of the double. */
export interface SecretsManagerOptions {
  /** The region in ARNs and client configurations. @default "eu-west-1" */
  readonly region?: string;
}

/** What an SDK client is constructed with. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A value and labels to set without the service's checks. */
export interface RawVersion {
  readonly stages: readonly string[];
  /** Left out: a version that is staged and has no value. */
  readonly value?: string;
}

/** Starts a double on a free port. */
export function startSecretsManager(
  options: SecretsManagerOptions = {},
): Promise<SecretsManagerDouble> {
  return SecretsManagerDouble.start(options.region ?? "eu-west-1");
}

/** A running double. */
export class SecretsManagerDouble implements AsyncDisposable {
  readonly #store = new SecretStore();
  readonly #rotations = new Rotations(this.#store);
  readonly #faults = new Faults();
  readonly #log = new CallLog();
  readonly #closing = new AbortController();
  #server: ListeningServer | undefined;

  private constructor(readonly region: string) {}

  /** Starts a double; tests use startSecretsManager. */
  static async start(region: string): Promise<SecretsManagerDouble> {
    const double = new SecretsManagerDouble(region);
    double.#server = await listen((request) => double.#handle(request));
    return double;
  }

  /** The URL to talk to. */
  get endpoint(): string {
    return this.#server!.endpoint;
  }

  /** A configuration for an SDK client; the access key id tells its calls apart. */
  clientConfig(accessKeyId: string): ClientConfig {
    assertLoopback(this.endpoint);
    const credentials = { accessKeyId, secretAccessKey: "not-a-secret" };
    return { endpoint: this.endpoint, region: this.region, credentials };
  }

  /** The requests received so far that satisfy the filter, in the order received. */
  calls(filter: CallFilter = {}): Call[] {
    return this.#log.list(filter, this.#nameOf);
  }

  /** Registers a rotation function, which RotateSecret then finds under this ARN. */
  onRotate(functionArn: string, rotate: RotationFunction): void {
    this.#rotations.register(functionArn, rotate);
  }

  /** Resolves when the rotation in flight has ended, or with the last one's outcome. */
  rotationSettled(secretId: string): Promise<RotationOutcome> {
    return this.#rotations.settled(this.#store.get(secretId).arn);
  }

  /** Makes the matching requests go wrong until the fault is removed or used up. */
  inject(fault: Fault): InjectedFault {
    return this.#faults.inject(fault);
  }

  /** Sets a version's labels and value directly, to make states that the operations do not. */
  putRaw(secretId: string, versionId: string, raw: RawVersion): void {
    this.#store.set(forceVersion(this.#store.get(secretId), {
      id: versionId,
      createdMs: Date.now(),
      stages: raw.stages,
      ...(raw.value === undefined ? {} : { value: { text: raw.value } }),
    }));
  }

  /** Aborts running rotations and closes every connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    // The server answers on while the current rotation steps return, so that they end cleanly.
    await this.#rotations.close();
    await this.#server?.close();
  }

  /** Closes the double. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #nameOf = (secretId: string): string => this.#store.find(secretId)?.name ?? secretId;

  async #handle(request: ServiceRequest): Promise<ServiceReply> {
    const call = describeCall(request, this.#nameOf);
    const end = this.#log.begin(call);
    const verdict = this.#faults.judge(call, this.#nameOf);
    for (const latency of verdict.latencies) {
      const signal = AbortSignal.any([this.#closing.signal, latency.signal]);
      await ("ms" in latency ? pause(latency.ms, signal) : held(latency.until, signal));
    }
    const [reply, outcome] = this.#reply(request, verdict);
    end(outcome);
    return reply;
  }

  #reply(request: ServiceRequest, verdict: Verdict): [reply: ServiceReply, outcome: string] {
    const { failure, asOfMs } = verdict;
    if (failure === "outage") return ["cut", failure];
    if (failure instanceof ServiceError) return [failure, failure.code];
    try {
      const answer = execute(request.operation, request.input, {
        store: this.#store,
        rotations: this.#rotations,
        region: this.region,
        nowMs: Date.now(),
        ...(asOfMs === undefined ? {} : { asOfMs }),
      });
      return failure === "drop-response" ? ["cut", failure] : [answer, "ok"];
    } catch (error) {
      const known = error instanceof ServiceError
        ? error
        : new ServiceError("InternalServiceError", `A fault of the double: ${error}`, 500);
      return failure === "drop-response" ? ["cut", failure] : [known, known.code];
    }
  }
}
