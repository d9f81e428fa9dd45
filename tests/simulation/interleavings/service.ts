/** Calls the steps of rotations as the store's service does: again until they succeed. */

import type fc from "fast-check";
import type { ServiceStep } from "../../../adapters/testing/simulation/app/rotator.ts";
import {
  adminSecretId,
  appSecretId,
  SimulatedWorld,
} from "../../../adapters/testing/simulation/world.ts";
import { codeOf } from "../../../core/errors.ts";
import { rotationHandler } from "../../../core/rotation/handler.ts";
import { properties } from "../properties/catalogue.ts";
import { RotationWatch } from "../properties/rotation.ts";
import { Violations } from "../properties/violations.ts";
import type { Plan, RotationPlan } from "./plan.ts";
import { type Crash, ScheduledPorts } from "./scheduled_ports.ts";

const steps: readonly ServiceStep[] = ["createSecret", "setSecret", "testSecret", "finishSecret"];
/** Failures of one step, crashes apart, after which it is taken to fail for ever. */
const mostFailures = 3;

/** The service, a rotator with many processes, and who watches them. */
export class Service {
  readonly world: SimulatedWorld;
  readonly violations: Violations;
  readonly #watch: RotationWatch;
  readonly #plan: Plan;
  readonly #scheduler: fc.Scheduler;
  #invocations = 0;

  constructor(scheduler: fc.Scheduler, plan: Plan) {
    this.#scheduler = scheduler;
    this.#plan = plan;
    const { secondPasswords, overlaps } = plan.strategy;
    this.world = new SimulatedWorld({ seed: plan.seed, server: { secondPasswords } });
    const { store, primary, timeline } = this.world;
    this.violations = new Violations((what) => timeline.note("checker", what));
    this.#watch = new RotationWatch(this.violations, store, primary, overlaps);
    store.onChange = ({ what }) => this.#watch.checkNotLockedOut(what);
  }

  /** Runs all rotations of the plan. */
  async run(): Promise<void> {
    let wasAbandoned = false;
    for (const [index, rotation] of this.#plan.rotations.entries()) {
      // Of two set steps that mend an abandoned dual-password rotation, the later one takes away
      // what the earlier one has set: it must not die right then.
      const alone = wasAbandoned && this.#plan.strategy.secondPasswords;
      await this.#rotate(`v${index + 2}`, alone ? quiet(rotation) : rotation);
      wasAbandoned = rotation.abandonedBefore < steps.length;
    }
  }

  /**
   * One rotation. The service lets an invocation run for minutes and begins a rotation after hours:
   * so all that was invoked has ended before the next one begins.
   */
  async #rotate(versionId: string, rotation: RotationPlan): Promise<void> {
    const { crashes, duplicates, abandonedBefore } = rotation;
    const { store } = this.world;
    store.startRotation(appSecretId, versionId);
    const beside: Promise<unknown>[] = [];
    const invoke = (step: ServiceStep, crash: Crash | undefined) => {
      const { outcome, landed } = this.#invoke(step, versionId, crash);
      beside.push(landed);
      return outcome;
    };
    // Where only the pending version logs in once it is set, nobody may abandon it any more.
    const isAbandoned = abandonedBefore < steps.length;
    const last = isAbandoned && !this.#plan.strategy.overlaps ? 1 : abandonedBefore;
    for (const [index, step] of steps.slice(0, last).entries()) {
      for (const duplicate of duplicates.filter((duplicate) => duplicate.beside === index)) {
        const earlier = steps[Math.max(0, index - duplicate.back)]!;
        void invoke(earlier, duplicate.crash);
      }
      const left = [...crashes[index]!];
      for (let failures = 0; failures < mostFailures;) {
        const outcome = await invoke(step, left.shift());
        if (outcome === "succeeded") break;
        if (outcome !== "crashed" && ++failures === mostFailures) {
          this.violations.report(properties.rotator, `${step} of ${versionId}: ${outcome}`);
        }
      }
    }
    if (isAbandoned) {
      await Promise.all(beside);
      store.clearPending(appSecretId, versionId);
      return;
    }
    store.completeRotation(appSecretId, versionId);
    this.#watch.finished(versionId);
    await Promise.all(beside);
    this.#watch.finished(versionId);
  }

  #invoke(step: ServiceStep, versionId: string, crash: Crash | undefined) {
    const { world } = this;
    const ports = new ScheduledPorts({
      world,
      scheduler: this.#scheduler,
      name: `${step} ${++this.#invocations}`,
      crash,
      onPasswordChange: (username) => this.#watch.onPasswordChange(username),
    });
    const handler = rotationHandler({
      store: ports.store,
      target: ports.target,
      strategy: this.#plan.strategy.strategy(),
      adminSecretId,
      clock: ports.clock,
      random: world.random,
    });
    const event = { SecretId: appSecretId, ClientRequestToken: versionId, Step: step };
    const ended = handler(event).then(
      () => "succeeded" as const,
      (error) => `failed with ${codeOf(error)}` as const,
    );
    const outcome = Promise.race([ended, ports.crashed]);
    return { outcome, landed: outcome.then(() => ports.landed()) };
  }
}

/** The same rotation, with nothing beside or behind the invocation under way. */
function quiet({ crashes, abandonedBefore }: RotationPlan): RotationPlan {
  const landed = (crash: Crash): Crash =>
    crash.fate === "in flight" ? { ...crash, fate: "after" } : crash;
  return { crashes: crashes.map((of) => of.map(landed)), duplicates: [], abandonedBefore };
}
