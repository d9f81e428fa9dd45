/** The service that rotates: calls the four steps, again when one fails, and ends the rotation. */

import type {
  Invocation,
  ServiceStep,
  SimulatedRotator,
} from "../../../adapters/testing/simulation/app/rotator.ts";
import { appSecretId } from "../../../adapters/testing/simulation/world.ts";
import { codeOf } from "../../../core/errors.ts";
import { loginBudgetMs, longestCalmFreezeMs } from "./configuration.ts";
import type { Phase } from "./coverage.ts";
import type { Director } from "./director.ts";

const steps: readonly ServiceStep[] = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const phaseOf: Readonly<Record<ServiceStep, Phase>> = {
  createSecret: "create",
  setSecret: "set",
  testSecret: "test",
  finishSecret: "finish",
};

/** After so long nothing that a process sent when it died is on its way any more, in milliseconds. */
const landedMs = 3_000;

/** A rotation under way. */
interface Rotation {
  readonly versionId: string;
  /** Index of the step to call next. */
  next: number;
  /** Every call that it made. */
  readonly calls: Invocation[];
  /** Its set step was called. */
  wasSet: boolean;
  /** An operator has given it up. */
  abandoned: boolean;
}

/** Rotations, one after the other, as slowly or quickly as a schedule wants. */
export class RotationService {
  readonly #director: Director;
  readonly #rotator: SimulatedRotator;
  #rotation: Rotation | undefined;
  #invocation:
    | { readonly call: Invocation; readonly step: ServiceStep; duplicated: boolean }
    | undefined;
  #ended: "succeeded" | "failed" | "crashed" | undefined;
  #versions = 1;
  #finishedAtMs = -Infinity;
  /** Whether a rotation was given up. */
  hasAbandoned = false;
  /** Whether a set step was run more than once for a version: each but the first may be refused. */
  hasRepeatedSet = false;

  constructor(director: Director, rotator: SimulatedRotator) {
    this.#director = director;
    this.#rotator = rotator;
  }

  /** Whether a rotation is under way. */
  get rotating(): boolean {
    return this.#rotation !== undefined;
  }

  /** Whether a step is being run. */
  get stepping(): boolean {
    return this.#invocation !== undefined;
  }

  /** The number of the version whose rotation was begun last. */
  get version(): number {
    return this.#versions;
  }

  /** Calls the next step of the rotation under way, or begins one; first the one before must end. */
  async step(): Promise<void> {
    await this.stepEnds();
    await this.#remove();
    if (this.#rotation === undefined) {
      // What is promised of the number of failed logins assumes this.
      const pauseMs = this.#finishedAtMs + loginBudgetMs + longestCalmFreezeMs -
        this.#director.nowMs;
      if (this.#director.configuration.calm && pauseMs > 0) await this.#director.advance(pauseMs);
      const versionId = `v${++this.#versions}`;
      this.#rotation = { versionId, next: 0, calls: [], wasSet: false, abandoned: false };
      this.#director.rotationWatch.begun();
    }
    const { versionId, next } = this.#rotation;
    if (next === 0) this.#turnOn(versionId);
    const step = steps[next]!;
    this.#director.phase = phaseOf[step];
    for (const { name } of this.#director.lasting) {
      this.#director.coverage.met(name, this.#director.phase);
    }
    const call = this.#invoke(step, this.#rotation);
    this.#invocation = { call, step, duplicated: false };
    void call.outcome.then((outcome) => this.#ended = outcome);
  }

  /** Calls the step that is being run a second time, beside the first. */
  duplicateStep(): void {
    if (this.#invocation === undefined) return;
    const rotation = this.#rotation!;
    // Whoever gives a rotation up calls no more of its steps.
    if (rotation.abandoned) return;
    // What is promised of lockouts assumes this.
    if (this.#director.configuration.calm && this.#invocation.duplicated) return;
    this.#invocation.duplicated = true;
    this.#invoke(this.#invocation.step, rotation);
  }

  /** Ends the process of the step that is being run. */
  crashStep(): void {
    this.#invocation?.call.crash();
  }

  /** The rotation is cancelled; the label stays. */
  cancel(): void {
    this.#director.world.store.cancelRotation(appSecretId);
  }

  /** An operator gives the rotation up: its calls end, and before the next step its label goes. */
  abandon(): void {
    if (this.#rotation === undefined) return;
    this.#rotation.abandoned = true;
    for (const call of this.#rotation.calls) call.crash();
  }

  /** Lets time pass until the step that is being run has ended. */
  async stepEnds(): Promise<void> {
    while (this.#invocation !== undefined) {
      await this.#director.advance(50);
      if (this.#ended !== undefined) this.#stepEnded(this.#ended);
    }
  }

  /** Removes a rotation that was given up, unless it is too late for that. */
  async #remove(): Promise<void> {
    const rotation = this.#rotation;
    if (!rotation?.abandoned) return;
    await this.#director.advance(landedMs);
    rotation.abandoned = false;
    const { configuration: { strategy }, rotationWatch, world: { store } } = this.#director;
    const { versionId } = rotation;
    const labels = store.labelsOf(appSecretId);
    if (labels.current === versionId || labels.pending !== versionId) return;
    // Nothing but the pending version logs in: whoever removes its label locks the app out.
    if (!strategy.overlaps && rotationWatch.logsIn("pending")) return;
    store.clearPending(appSecretId, versionId);
    this.hasAbandoned = true;
    this.#rotation = undefined;
    this.#director.phase = "idle";
  }

  #invoke(step: ServiceStep, rotation: Rotation): Invocation {
    if (step === "setSecret") {
      this.hasRepeatedSet ||= rotation.wasSet;
      rotation.wasSet = true;
    }
    const call = this.#rotator.invoke(step, rotation.versionId);
    rotation.calls.push(call);
    return call;
  }

  #turnOn(versionId: string): void {
    try {
      this.#director.world.store.startRotation(appSecretId, versionId);
    } catch (error) {
      this.#director.world.timeline.note(
        "service",
        `refuses to start ${versionId}: ${codeOf(error)}`,
      );
    }
  }

  #stepEnded(outcome: "succeeded" | "failed" | "crashed"): void {
    const { step } = this.#invocation!;
    const rotation = this.#rotation!;
    this.#invocation = undefined;
    this.#ended = undefined;
    const { versionId } = rotation;
    // Cancelled when it was over already: no step is run any more.
    const isOver = this.#director.world.store.versionOf(appSecretId, "current") === versionId;
    // A step that fails fails the rotation: the next attempt begins anew, with the same version.
    if (outcome === "failed") rotation.next = isOver ? steps.length - 1 : 0;
    if (outcome === "crashed" || outcome === "failed" && !isOver) return;
    if (outcome === "succeeded" && step !== steps[rotation.next]) return;
    rotation.next++;
    if (rotation.next < steps.length) return;
    if (!this.#director.world.store.completeRotation(appSecretId, versionId)) {
      // Rolled back in the meantime, and still pending: the service tries again.
      rotation.next = 0;
      return;
    }
    this.#director.rotationWatch.finished(versionId);
    this.#rotation = undefined;
    this.#finishedAtMs = this.#director.nowMs;
    this.#director.coverage.rotations++;
    this.#director.phase = "idle";
  }
}
