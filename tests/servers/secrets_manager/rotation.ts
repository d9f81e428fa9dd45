/** Running a rotation function step by step in the background, as the service does after RotateSecret. */

import type { SecretStore } from "./store.ts";
import { dropStage, pendingOf, type RotationRules, type SecretState, versionOf } from "./state.ts";

/** The steps, in the order and the spelling in which the service invokes them. */
export const ROTATION_STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

/** One of the four steps. */
export type RotationStep = typeof ROTATION_STEPS[number];

/** What a rotation function is invoked with. */
export interface RotationEvent {
  /** The ARN. */
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly Step: RotationStep;
  readonly RotationToken?: string;
}

/** A rotation function; it fails by rejecting. The signal aborts when the double is closed. */
export type RotationFunction = (event: RotationEvent, signal: AbortSignal) => Promise<void>;

/** How a rotation ended. */
export interface RotationOutcome {
  readonly versionId: string;
  /** The step that failed, or that was not begun because of a cancellation. */
  readonly failedStep?: RotationStep;
  readonly error?: unknown;
}

/** How long closing waits for a step that ignores the signal. */
const CLOSE_GRACE_MS = 1_000;
const HOUR_MS = 3_600_000;

/** The registered rotation functions and the rotations of all secrets. */
export class Rotations {
  readonly #store: SecretStore;
  readonly #functions = new Map<string, RotationFunction>();
  readonly #running = new Map<string, { token: string; outcome: Promise<RotationOutcome> }>();
  readonly #latest = new Map<string, Promise<RotationOutcome>>();
  readonly #closing = new AbortController();

  constructor(store: SecretStore) {
    this.#store = store;
  }

  /** Makes a function invocable under this ARN. */
  register(functionArn: string, rotate: RotationFunction): void {
    this.#functions.set(functionArn, rotate);
  }

  /** Whether a function is invocable. */
  knows(functionArn: string): boolean {
    return this.#functions.has(functionArn);
  }

  /** The token of the rotation of this secret that is running, if one is. */
  runningToken(arn: string): string | undefined {
    return this.#running.get(arn)?.token;
  }

  /** The rotation in flight, or the last one's outcome; rejects if there never was one. */
  settled(arn: string): Promise<RotationOutcome> {
    return this.#latest.get(arn) ??
      Promise.reject(new Error(`No rotation of ${arn} was ever started.`));
  }

  /** Rotates in the background, unless a rotation of this secret is running already. */
  start(secret: SecretState, token: string): void {
    this.#run(secret, token, () => this.#rotate(secret.arn, token));
  }

  /**
   * The service does not only refuse a RotateSecret while an earlier rotation is incomplete, it
   * also invokes that rotation's function again, from createSecret and with the token of then.
   */
  reattempt(secret: SecretState): void {
    const pending = pendingOf(secret);
    if (pending !== undefined && secret.rotation?.enabled === true) this.start(secret, pending.id);
  }

  /** RotateImmediately=false: tries the function's testSecret on a version that is removed again. */
  test(secret: SecretState, token: string): void {
    this.#run(secret, token, async () => {
      const failure = await this.#step(secret.arn, token, "testSecret");
      const now = this.#store.find(secret.arn);
      if (now !== undefined && versionOf(now, token) !== undefined) {
        const bared = dropStage(now, "AWSPENDING", token);
        const versions = bared.versions.filter(({ id }) => id !== token);
        this.#store.set({ ...bared, versions });
      }
      return failure ?? { versionId: token };
    });
  }

  /** Aborts what is running and waits, for a bounded time, until the current steps have returned. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("The Secrets Manager double was closed."));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, CLOSE_GRACE_MS));
    const outcomes = [...this.#running.values()].map(({ outcome }) => outcome);
    await Promise.race([Promise.all(outcomes), grace]);
    clearTimeout(timer);
  }

  #run(secret: SecretState, token: string, work: () => Promise<RotationOutcome>): void {
    if (this.#running.has(secret.arn)) return;
    // The next turn of the loop: RotateSecret answers at once, whatever the function does.
    const outcome = Promise.resolve().then(work)
      .catch((error: unknown): RotationOutcome => ({ versionId: token, error }))
      .finally(() => this.#running.delete(secret.arn));
    this.#running.set(secret.arn, { token, outcome });
    this.#latest.set(secret.arn, outcome);
  }

  /** All steps; the first that fails ends the rotation and leaves the labels as they are. */
  async #rotate(arn: string, token: string): Promise<RotationOutcome> {
    for (const step of ROTATION_STEPS) {
      const failure = await this.#step(arn, token, step);
      if (failure !== undefined) return failure;
    }
    const secret = this.#store.find(arn);
    const rotated = secret && versionOf(secret, token);
    if (secret?.rotation === undefined || !rotated?.stages.includes("AWSCURRENT")) {
      const error = new Error(`Version ${token} is not AWSCURRENT after the last step.`);
      return { versionId: token, failedStep: "finishSecret", error };
    }
    const nowMs = Date.now();
    const next = nextRotationMs(secret.rotation.rules, nowMs);
    // Recorded: after a completed rotation the new version is AWSCURRENT and nothing else.
    this.#store.set({
      ...dropStage(secret, "AWSPENDING", token),
      rotation: {
        ...secret.rotation,
        lastRotatedMs: nowMs,
        ...(next === undefined ? {} : { nextRotationMs: next }),
      },
    });
    return { versionId: token };
  }

  /** Invokes one step; returns the outcome of the rotation if it must end here. */
  async #step(
    arn: string,
    token: string,
    step: RotationStep,
  ): Promise<RotationOutcome | undefined> {
    try {
      this.#closing.signal.throwIfAborted();
      const rotation = this.#store.find(arn)?.rotation;
      if (rotation?.enabled !== true) throw new Error("The rotation was cancelled.");
      const rotate = this.#functions.get(rotation.functionArn);
      if (rotate === undefined) throw new Error(`No function ${rotation.functionArn}.`);
      const event = { SecretId: arn, ClientRequestToken: token, Step: step };
      await rotate(event, this.#closing.signal);
    } catch (error) {
      return { versionId: token, failedStep: step, error };
    }
  }
}

/** When the next rotation is due; undefined for a cron expression, which the double does not read. */
function nextRotationMs(rules: RotationRules | undefined, lastMs: number): number | undefined {
  if (rules?.AutomaticallyAfterDays !== undefined) {
    return lastMs + rules.AutomaticallyAfterDays * 24 * HOUR_MS;
  }
  const rate = /^rate\((\d+) (hour|day)s?\)$/.exec(rules?.ScheduleExpression ?? "");
  if (rate === null) return undefined;
  return lastMs + Number(rate[1]) * (rate[2] === "day" ? 24 : 1) * HOUR_MS;
}
