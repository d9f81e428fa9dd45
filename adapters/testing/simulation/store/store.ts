/** The secret store of a simulated world. */

import type { VersionStage } from "../../../../core/credential.ts";
import type { RotationStore, SecretDescription } from "../../../../core/rotation/ports.ts";
import type { Secret } from "../../../../core/secret.ts";
import type { SecretSource, SecretVersion } from "../../../../core/source.ts";
import type { SeededRandom } from "../../seeded_random.ts";
import type { Network } from "../network.ts";
import type { ProcessClock } from "../process_clock.ts";
import type { Timeline } from "../timeline.ts";
import { versionNotFound } from "./errors.ts";
import { StoreFaults } from "./faults.ts";
import type { Consistency } from "./history.ts";
import { MarkedPasswords } from "./passwords.ts";
import { rotationStoreOf, sourceOf } from "./ports.ts";
import { type ReadEvent, ReadLog } from "./read_log.ts";
import { Secrets, type StoreChange, type StoredLogin } from "./secrets.ts";
import {
  cancelRotation,
  completeRotation,
  type Labels,
  moveCurrent,
  newSecret,
  put,
  removePending,
  rollBack,
  stage,
  stagesByVersion,
  startRotation,
} from "./state.ts";

/** What a simulated store is made of. */
export interface SimulatedStoreOptions {
  /** Carries the requests, to the name "store", and gives the time. */
  readonly network: Network;
  /** Where everything that happens is noted. */
  readonly timeline: Timeline;
  /**
   * Where stale reads, faults that come at a rate, and passwords are drawn from: the store's own,
   * a fork of the world's.
   */
  readonly random: SeededRandom;
  /**
   * What every generated password begins with, so that a search can find where one leaked.
   * @default {"pw~"}
   */
  readonly marker?: string;
}

/**
 * A store of versioned secrets, as AWS Secrets Manager keeps them: a state machine that answers at
 * once. What a process sees of it comes through `sourceFor` and `rotationStoreFor`: late, stale,
 * refused or never. Errors are {@linkcode StoreError}s.
 */
export class SimulatedStore {
  /** Carries the requests. */
  readonly network: Network;
  /** What happened. */
  readonly timeline: Timeline;
  /** What goes wrong with requests. */
  readonly faults: StoreFaults;
  /** The reads so far. */
  readonly reads: ReadLog;
  /** How far reads lag behind writes: not at all, until this is set. */
  readonly consistency: Consistency = { staleForMs: 0, staleRate: 1 };
  /** Hears of every read that begins or ends. */
  onRead: (event: ReadEvent) => void = () => {};
  /** Hears of every change, right after it. */
  onChange: (change: StoreChange) => void = () => {};
  readonly #secrets: Secrets;
  readonly #passwords: MarkedPasswords;

  /** An empty store. */
  constructor({ network, timeline, random, marker = "pw~" }: SimulatedStoreOptions) {
    this.network = network;
    this.timeline = timeline;
    // Apart from each other: a fault more must not change the passwords.
    const lag = { consistency: this.consistency, random: random.fork(1) };
    this.#secrets = new Secrets(network.clock, timeline, lag, (change) => this.onChange(change));
    this.faults = new StoreFaults(random.fork(2), (what) => timeline.note("store", what));
    this.#passwords = new MarkedPasswords(random.fork(3), marker);
    this.reads = new ReadLog((event) => this.onRead(event));
  }

  /** Adds a secret with its first version, which is current. */
  createSecret(secretId: string, versionId: string, value: Secret): void {
    this.#secrets.create(secretId, newSecret(versionId, value), `created with ${versionId}`);
  }

  /** A new password, marked. */
  newPassword(): Secret {
    return this.#passwords.next();
  }

  /** GetSecretValue, as a read of this moment finds it: it may be stale. */
  getSecretValue(secretId: string, stage: VersionStage): SecretVersion {
    const { labels, values } = this.#secrets.see(secretId);
    const versionId = labels[stage];
    const value = versionId === undefined ? undefined : values.get(versionId);
    if (versionId === undefined || value === undefined) throw versionNotFound(`under ${stage}`);
    return { versionId, value };
  }

  /** DescribeSecret, as a read of this moment finds it: it may be stale. */
  describeSecret(secretId: string): SecretDescription {
    const state = this.#secrets.see(secretId);
    return { rotationEnabled: state.rotationEnabled, stages: stagesByVersion(state) };
  }

  /**
   * PutSecretValue under the label pending. The same value again changes nothing.
   * @returns `exists` when that version already holds another value, which stays
   */
  putPending(secretId: string, versionId: string, value: Secret): "stored" | "exists" {
    try {
      this.#secrets.move(
        secretId,
        `${versionId} put as pending`,
        (s) => put(s, versionId, value, "pending"),
      );
      return "stored";
    } catch (error) {
      if ((error as Error).name === "ResourceExistsException") return "exists";
      throw error;
    }
  }

  /** PutSecretValue without a label, as by hand: the new version is current at once. */
  putCurrent(secretId: string, versionId: string, value: Secret): void {
    this.#secrets.move(
      secretId,
      `${versionId} put as current`,
      (s) => put(s, versionId, value, "current"),
    );
  }

  /** UpdateSecretVersionStage: current moves, and previous goes to the version that it leaves. */
  promote(secretId: string, toVersionId: string, fromVersionId: string): void {
    this.#secrets.move(
      secretId,
      `current moved to ${toVersionId}`,
      (s) => moveCurrent(s, toVersionId, fromVersionId),
    );
  }

  /** Moves current back to the previous version, as an operator does after a bad rotation. */
  rollBack(secretId: string): void {
    this.#secrets.move(secretId, "rolled back", rollBack);
  }

  /** UpdateSecretVersionStage: takes the label pending off a version. */
  clearPending(secretId: string, versionId: string): void {
    this.#secrets.move(
      secretId,
      `pending taken off ${versionId}`,
      (s) => removePending(s, versionId),
    );
  }

  /** Puts the label pending on a version without a value, and asks nothing. */
  stageWithoutValue(secretId: string, versionId: string): void {
    this.#secrets.move(secretId, `${versionId} staged`, (s) => stage(s, versionId));
  }

  /**
   * RotateSecret: turns rotation on and stages a version without a value. Whoever simulates the
   * service then calls the four steps, and `completeRotation`. Refused while another rotation is
   * incomplete; the service would then begin that one again.
   */
  startRotation(secretId: string, versionId: string): void {
    this.#secrets.move(
      secretId,
      `rotation to ${versionId} started`,
      (s) => startRotation(s, versionId),
    );
  }

  /**
   * What the service does when the last step succeeded: takes the label pending off the version,
   * if it is current.
   * @returns whether it is
   */
  completeRotation(secretId: string, versionId: string): boolean {
    const what = `rotation to ${versionId} complete`;
    this.#secrets.move(secretId, what, (s) => completeRotation(s, versionId));
    return this.versionOf(secretId, "current") === versionId;
  }

  /** CancelRotateSecret: turns rotation off and leaves the labels. */
  cancelRotation(secretId: string): void {
    this.#secrets.move(secretId, "rotation cancelled", cancelRotation);
  }

  /** Which version a label is really on. */
  versionOf(secretId: string, stage: VersionStage): string | undefined {
    return this.labelsOf(secretId)[stage];
  }

  /** Which versions the labels are really on. */
  labelsOf(secretId: string): Labels {
    return this.#secrets.newest(secretId).labels;
  }

  /** Whether rotation is really on. */
  rotationEnabled(secretId: string): boolean {
    return this.#secrets.newest(secretId).rotationEnabled;
  }

  /** The login that a version really holds; undefined without a value, or with one that is none. */
  loginOf(secretId: string, versionId: string): StoredLogin | undefined {
    return this.#secrets.loginOf(secretId, versionId);
  }

  /**
   * The secret as an app of this process reads it, with the access key of `principal`.
   * @param options `heedsSignal`: whether a read ends when its signal aborts, as the AWS SDK's do;
   * true when it is left out
   */
  sourceFor(
    process: ProcessClock,
    principal: string,
    secretId: string,
    options: { readonly heedsSignal?: boolean } = {},
  ): SecretSource {
    return sourceOf(this, { process, principal }, secretId, options.heedsSignal ?? true);
  }

  /**
   * The store as a rotator in this process uses it, with the access key of `principal`.
   * @param options `generatePassword`: what GetRandomPassword gives; `newPassword` when left out
   */
  rotationStoreFor(
    process: ProcessClock,
    principal: string,
    options: { readonly generatePassword?: () => Secret } = {},
  ): RotationStore {
    const generatePassword = options.generatePassword ?? (() => this.newPassword());
    return rotationStoreOf(this, { process, principal }, generatePassword);
  }
}
