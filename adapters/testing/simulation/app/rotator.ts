/** The rotation function as the service calls it: once for each step, in a process of its own. */

import { rotationHandler } from "../../../../core/rotation/handler.ts";
import type { RotationStrategy } from "../../../../core/rotation/strategy.ts";
import type { SimulatedClients } from "../database/mod.ts";
import { SimulatedTarget, type SimulatedTargetOptions } from "../database/mod.ts";
import { ProcessClock } from "../process_clock.ts";
import type { SeededRandom } from "../../seeded_random.ts";
import type { SimulatedStore } from "../store/mod.ts";
import type { Clock } from "../../../../core/clock.ts";
import type { Timeline } from "../timeline.ts";

/** What a rotator is made of. */
export interface RotatorOptions {
  /** The world's time. */
  readonly world: Clock;
  /** Where the jitter of its retries is drawn from. */
  readonly random: SeededRandom;
  /** Where calls and their ends are noted. */
  readonly timeline: Timeline;
  /** The secret store. */
  readonly store: SimulatedStore;
  /** Opens its connections. */
  readonly clients: SimulatedClients;
  /** The secret to rotate. */
  readonly secretId: string;
  /** How to rotate. */
  readonly strategy: RotationStrategy;
  /** The secret of the admin credential. */
  readonly adminSecretId: string;
  /** Hosts of replicas that the test step waits for. */
  readonly replicas?: readonly string[];
  /**
   * How long the test step waits for each, in milliseconds.
   * @default {10000}
   */
  readonly replicaTimeoutMs?: number;
  /**
   * After so many milliseconds an invocation is ended, as Lambda does.
   * @default {60000}
   */
  readonly timeoutMs?: number;
  /** How it reaches the database. */
  readonly target?: SimulatedTargetOptions;
}

/** One of the four steps, by the service's name. */
export type ServiceStep = "createSecret" | "setSecret" | "testSecret" | "finishSecret";

/** A call of the rotation function. */
export interface Invocation {
  /** How it ends. */
  readonly outcome: Promise<"succeeded" | "failed" | "crashed">;
  /** Ends its process where it stands; what it has sent arrives all the same. */
  crash(): void;
}

/** Calls the rotation function. */
export class SimulatedRotator {
  readonly #options: RotatorOptions;

  /** Calls nothing before `invoke`. */
  constructor(options: RotatorOptions) {
    this.#options = options;
  }

  /** Calls it for one step of the rotation to `versionId`. */
  invoke(step: ServiceStep, versionId: string): Invocation {
    const { world, random, timeline, store, clients, secretId, replicas = [] } = this.#options;
    const process = new ProcessClock(world);
    const handler = rotationHandler({
      store: store.rotationStoreFor(process, "rotator"),
      target: new SimulatedTarget(clients, process, this.#options.target),
      strategy: this.#options.strategy,
      replicas: replicas.map((host) => ({ host })),
      replicaTimeoutMs: this.#options.replicaTimeoutMs ?? 10_000,
      adminSecretId: this.#options.adminSecretId,
      clock: process,
      random,
    });
    timeline.note("service", `calls ${step} of ${versionId}`);
    let crash = () => {};
    const crashed = new Promise<"crashed">((resolve) => {
      crash = () => {
        clients.kill(process);
        resolve("crashed");
      };
    });
    const timeout = world.setTimer(this.#options.timeoutMs ?? 60_000, () => crash());
    const event = { SecretId: secretId, ClientRequestToken: versionId, Step: step };
    const ended = handler(event).then(
      () => "succeeded" as const,
      (error) => {
        timeline.note("service", `${step} of ${versionId} failed: ${error.code ?? error.name}`);
        return "failed" as const;
      },
    );
    const outcome = Promise.race([ended, crashed]).then((outcome) => {
      timeout.cancel();
      timeline.note("service", `${step} of ${versionId} ${outcome}`);
      return outcome;
    });
    return { outcome, crash: () => crash() };
  }
}
