/** Rotates one account's secret with the package's own rotator, as Secrets Manager would. */

import { discardOldPassword, rotationHandler } from "../../../core/rotation/mod.ts";
import { nowMs } from "../client/protocol.ts";
import { pause } from "../pause.ts";
import { parameters } from "../parameters.ts";
import { type Scenario, strategies } from "../scenario.ts";
import type { Account } from "./account.ts";
import type { World } from "./world.ts";

/** When a completed rotation did what. Wall-clock milliseconds. */
export interface Rotation {
  readonly startMs: number;
  readonly setStartedMs: number;
  readonly setEndedMs: number;
  readonly finishedMs: number;
  /** When the old user or password was gone, in scenarios that take it away. */
  readonly retiredMs: number | undefined;
  readonly sessionsKilled: number;
}

/** Rotates the secret of one account, again and again. */
export class Rotator {
  /** The rotations that are complete. */
  readonly rotations: Rotation[] = [];
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #account: Account;
  readonly #functionArn: string;
  #setStartedMs = 0;
  #setEndedMs = 0;
  #finishedMs = 0;

  constructor(world: World, scenario: Scenario, account: Account) {
    this.#world = world;
    this.#scenario = scenario;
    this.#account = account;
    this.#functionArn = `arn:aws:lambda:eu-west-1:111111111111:function:rotate-${account.name}`;
    const handler = rotationHandler({
      store: world.store,
      target: world.servers.target,
      strategy: strategies[scenario.strategy](),
      adminSecretId: world.adminSecretId,
    });
    world.double.onRotate(this.#functionArn, async (event, signal) => {
      if (event.Step === "testSecret") await pause(scenario.gapMs, signal);
      if (event.Step === "setSecret") this.#setStartedMs = nowMs();
      await handler(event);
      if (event.Step === "setSecret") this.#setEndedMs = nowMs();
      if (event.Step === "finishSecret") this.#finishedMs = nowMs();
    });
  }

  /**
   * One rotation, and the end of the old user if the scenario has that.
   *
   * @throws {Error} naming the step that failed
   */
  async rotate(signal: AbortSignal): Promise<void> {
    const { client, double } = this.#world;
    const { name, secretId } = this.#account;
    const oldUser = await this.#currentUser();
    const startMs = nowMs();
    await client.rotateSecret({ SecretId: secretId, RotationLambdaARN: this.#functionArn });
    const { failedStep, error } = await double.rotationSettled(secretId);
    signal.throwIfAborted();
    if (error !== undefined) {
      throw new Error(`The rotation of ${name} failed in ${failedStep}: ${error}`, {
        cause: error,
      });
    }
    let sessionsKilled = 0, retiredMs: number | undefined;
    if (this.#scenario.retires !== undefined) {
      await pause(parameters.retireAfterMs, signal);
      sessionsKilled = await this.#retire(oldUser);
      retiredMs = nowMs();
    }
    this.rotations.push({
      startMs,
      setStartedMs: this.#setStartedMs,
      setEndedMs: this.#setEndedMs,
      finishedMs: this.#finishedMs,
      retiredMs,
      sessionsKilled,
    });
  }

  async #retire(oldUser: string): Promise<number> {
    const { servers, store } = this.#world;
    const { name, secretId } = this.#account;
    if (this.#scenario.retires === "user") return await servers.retire(oldUser, name);
    await discardOldPassword(secretId, { store, target: servers.target });
    return 0;
  }

  async #currentUser(): Promise<string> {
    const { client } = this.#world;
    const { SecretString } = await client.getSecretValue({ SecretId: this.#account.secretId });
    return JSON.parse(SecretString!).username;
  }
}
