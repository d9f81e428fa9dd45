/** The credential provider: one secret, read rarely, known to everybody at once. */

import type { Timer } from "../clock.ts";
import type { Credential, VersionStage } from "../credential.ts";
import { codeOf, isRekeyError, RekeyError } from "../errors.ts";
import type { SecretSource } from "../source.ts";
import { FreezeDetector } from "./freeze_detector.ts";
import {
  type ProviderOptions,
  type ResolvedProviderOptions,
  resolveProviderOptions,
} from "./options.ts";
import { type StageRead, StageReader } from "./stage_reader.ts";
import { VersionOrder } from "./version_order.ts";

/** How long an older version must have been seen before it is believed to be current again. */
const rollBackConfirmMs = 1_000;

/** A snapshot of a provider. */
export interface ProviderStats {
  /** `empty` before the first read, `closed` after `close()`. */
  readonly state: "empty" | "fresh" | "stale" | "closed";
  /** The version under current, as last read. */
  readonly versionId: string | undefined;
  /** How long ago it was read, in milliseconds. */
  readonly ageMs: number | undefined;
  /** Reads of the store begun, of all stages. */
  readonly reads: number;
  /** Reads of the current stage that failed in a row. */
  readonly failures: number;
}

/** Gives the credential of one secret. Made by {@linkcode credentialProvider}. */
export interface CredentialProvider {
  /** The secret's name. Not sensitive. */
  readonly name: string;
  /** How long a credential counts as fresh, in milliseconds. */
  readonly ttlMs: number;
  /**
   * The current credential: the cached one while it is fresh, and for `maxStaleMs` longer while the
   * store cannot be read.
   * @throws {RekeyError} `SOURCE_FAILED`, `SECRET_NOT_FOUND`, `INVALID_SECRET`, `CLOSED`
   */
  get(): Promise<Credential>;
  /** The cached credential, fresh or not, at once. */
  peek(): Credential | undefined;
  /**
   * Reads the store now, for example because an event told of a rotation. Everybody who asks while a
   * read is pending shares it.
   * @param hint the reason, for events
   * @throws {RekeyError} as `get()`; the cached credential stays
   */
  refresh(hint?: string): Promise<Credential>;
  /**
   * Reads a stage of the store now, for a login that was rejected. Undefined when there is nothing
   * to be read, for whatever reason.
   */
  read(stage: VersionStage): Promise<Credential | undefined>;
  /** Whether version `a` is newer than version `b`, as far as this process has seen. */
  isNewer(a: string, b: string): boolean;
  /**
   * Calls `listener` when another version became current. While anybody listens, the store is read
   * in the background.
   * @returns a function that ends the subscription
   */
  subscribe(listener: (credential: Credential) => void): () => void;
  /** A snapshot for dashboards and health checks. */
  stats(): ProviderStats;
  /** Stops all timers and reads. */
  close(): void;
  /** `close()`. */
  [Symbol.dispose](): void;
}

/**
 * Makes a provider of `source`.
 *
 * Reads are shared: however many callers ask, at most one read of a stage is under way. A read that
 * fails leaves the cached credential in place; so does a secret that is no usable credential.
 *
 * @throws {RekeyError} `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { credentialProvider, Secret } from "@rekey/orm";
 * import assert from "node:assert/strict";
 *
 * using credentials = credentialProvider({
 *   name: "prod/app-db",
 *   read: (stage) =>
 *     Promise.resolve(
 *       stage === "current"
 *         ? { versionId: "v1", value: new Secret('{"username":"app","password":"s3cret"}') }
 *         : undefined,
 *     ),
 * });
 * assert.equal((await credentials.get()).username, "app");
 * ```
 */
export function credentialProvider(
  source: SecretSource,
  options: ProviderOptions = {},
): CredentialProvider {
  if (typeof source?.read !== "function" || typeof source.name !== "string") {
    throw new RekeyError(
      "INVALID_OPTION",
      "The source has no name or no read(): pass a SecretSource, for example secretsManager(...).",
    );
  }
  return new Provider(source, resolveProviderOptions(options));
}

class Provider implements CredentialProvider {
  readonly name: string;
  readonly ttlMs: number;
  readonly #options: ResolvedProviderOptions;
  readonly #readers: Readonly<Record<VersionStage, StageReader>>;
  readonly #order = new VersionOrder();
  readonly #freeze: FreezeDetector;
  readonly #listeners = new Set<(credential: Credential) => void>();

  #cached: Promise<Credential> | undefined;
  #credential: Credential | undefined;
  #readAtMs = 0;
  #freshUntilMs = -Infinity;
  #aheadAtMs = -Infinity;
  #appliedSequence = 0;

  #failures = 0;
  #lastError: unknown;
  #retryAtMs = -Infinity;
  #staleReported = false;
  readonly #failedStages = new Map<VersionStage, { code: string; count: number }>();

  #suspect: { readonly versionId: string; readonly atMs: number } | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(source: SecretSource, options: ResolvedProviderOptions) {
    this.name = source.name;
    this.ttlMs = options.ttlMs;
    this.#options = options;
    this.#freeze = new FreezeDetector(options.clock);
    const reader = (stage: VersionStage) =>
      new StageReader({
        source,
        stage,
        clock: options.clock,
        timeoutMs: options.readTimeoutMs,
        engines: options.engines,
      });
    this.#readers = {
      current: reader("current"),
      pending: reader("pending"),
      previous: reader("previous"),
    };
  }

  get(): Promise<Credential> {
    if (this.#closed) return Promise.reject(this.#closedError());
    this.#noticeFreeze();
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#cached !== undefined) {
      if (nowMs < this.#freshUntilMs) {
        if (nowMs >= this.#aheadAtMs) this.#refreshBehind("refresh");
        return this.#cached;
      }
      // Stale while a read is under way or has just failed: nobody waits for a store that is slow.
      const busy = this.#readers.current.reading || nowMs < this.#retryAtMs;
      if (busy && nowMs - this.#readAtMs <= this.#options.maxStaleMs) {
        this.#reportStale(nowMs);
        return this.#cached;
      }
    }
    if (nowMs < this.#retryAtMs) return Promise.reject(this.#lastError);
    return this.#load();
  }

  peek(): Credential | undefined {
    return this.#credential;
  }

  async refresh(hint = "refresh"): Promise<Credential> {
    if (this.#closed) throw this.#closedError();
    return await this.#readCurrent(this.#readers.current.fresh(), hint);
  }

  async read(stage: VersionStage): Promise<Credential | undefined> {
    if (this.#closed) return undefined;
    try {
      if (stage === "current") return await this.refresh("ladder");
      const { credential } = await this.#readers[stage].fresh();
      this.#stageWorks(stage);
      if (credential !== undefined) this.#order.observe(stage, credential.versionId);
      return credential;
    } catch (error) {
      // Denied by policy, not there, unreadable: no candidate, and an event that says so.
      if (stage !== "current") this.#stageFailed(stage, error);
      return undefined;
    }
  }

  isNewer(a: string, b: string): boolean {
    return this.#order.isNewer(a, b);
  }

  subscribe(listener: (credential: Credential) => void): () => void {
    // A wrapper, so that a function subscribed twice is two subscriptions.
    const entry = (credential: Credential) => listener(credential);
    this.#listeners.add(entry);
    this.#schedule();
    return () => {
      this.#listeners.delete(entry);
      this.#schedule();
    };
  }

  stats(): ProviderStats {
    const nowMs = this.#options.clock.monotonicMs();
    const { current, pending, previous } = this.#readers;
    return Object.freeze({
      state: this.#closed
        ? "closed"
        : this.#credential === undefined
        ? "empty"
        : nowMs < this.#freshUntilMs
        ? "fresh"
        : "stale",
      versionId: this.#credential?.versionId,
      ageMs: this.#credential && nowMs - this.#readAtMs,
      reads: current.reads + pending.reads + previous.reads,
      failures: this.#failures,
    });
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#listeners.clear();
    for (const reader of Object.values(this.#readers)) reader.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #load(): Promise<Credential> {
    try {
      return await this.#readCurrent(this.#readers.current.join(), "refresh");
    } catch (error) {
      const nowMs = this.#options.clock.monotonicMs();
      const usable = !this.#closed && this.#credential !== undefined &&
        nowMs - this.#readAtMs <= this.#options.maxStaleMs;
      if (!usable) throw error;
      this.#reportStale(nowMs);
      return this.#credential!;
    }
  }

  /** The one path by which an answer about the current stage reaches the cache. */
  async #readCurrent(reading: Promise<StageRead>, reason: string): Promise<Credential> {
    let read: StageRead;
    try {
      read = await reading;
      if (read.credential === undefined) {
        throw new RekeyError(
          "SECRET_NOT_FOUND",
          `The secret "${this.name}" has no current version with a value. Check its name and region.`,
        );
      }
    } catch (error) {
      this.#failed(error);
      throw this.#asSourceFailed(error);
    }
    this.#apply(read.sequence, read.credential, reason);
    return this.#credential!;
  }

  #apply(sequence: number, credential: Credential, reason: string): void {
    // Everybody who shares a read comes by here; only the first one finds something to do. A late
    // answer to an earlier question finds that a later one was faster.
    if (sequence <= this.#appliedSequence || this.#closed) return;
    this.#appliedSequence = sequence;
    this.#failures = 0;
    this.#retryAtMs = -Infinity;
    this.#lastError = undefined;
    this.#staleReported = false;
    this.#stageWorks("current");

    const { clock, random, ttlMs, refreshAheadMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const before = this.#credential;
    const isNew = this.#order.observe("current", credential.versionId);
    const back = before !== undefined && !isNew &&
      this.#order.isNewer(before.versionId, credential.versionId);
    if (back && !this.#confirmRollBack(credential.versionId, nowMs)) {
      // Reads just after a write may show the old state: one stale answer is never final.
      this.#freshUntilMs = nowMs + rollBackConfirmMs;
      this.#aheadAtMs = this.#freshUntilMs;
      this.#readAtMs = nowMs;
      this.#schedule();
      return;
    }
    this.#suspect = undefined;
    this.#readAtMs = nowMs;
    this.#freshUntilMs = nowMs + ttlMs;
    this.#aheadAtMs = nowMs + ttlMs - refreshAheadMs * (1 + random.next());
    if (before === undefined || before.versionId !== credential.versionId) {
      this.#credential = credential;
      this.#cached = Promise.resolve(credential);
      this.#changed(before, credential, back, before === undefined ? "first" : reason);
    }
    this.#schedule();
  }

  #changed(from: Credential | undefined, to: Credential, rolledBack: boolean, reason: string) {
    this.#options.onEvent({
      type: "version-changed",
      secret: this.name,
      from: from?.versionId,
      to: to.versionId,
      rolledBack,
      reason,
    });
    if (from === undefined) return;
    for (const listener of [...this.#listeners]) listener(to);
  }

  #confirmRollBack(versionId: string, nowMs: number): boolean {
    if (this.#suspect?.versionId === versionId) {
      return nowMs - this.#suspect.atMs >= rollBackConfirmMs;
    }
    this.#suspect = { versionId, atMs: nowMs };
    return false;
  }

  #failed(error: unknown): void {
    if (this.#closed || error === this.#lastError) return;
    const { clock, random, ttlMs, negativeTtlMs } = this.#options;
    const growth = negativeTtlMs * 2 ** Math.min(this.#failures, 20);
    // Half of the wait is fixed, so that a failing store is never asked again at once.
    const waitMs = Math.min(growth, Math.max(ttlMs, negativeTtlMs)) * (1 + random.next()) / 2;
    this.#failures++;
    this.#lastError = error;
    this.#retryAtMs = clock.monotonicMs() + waitMs;
    this.#stageFailed("current", error);
    this.#schedule();
  }

  #asSourceFailed(error: unknown): unknown {
    if (isRekeyError(error)) return error;
    return new RekeyError(
      "SOURCE_FAILED",
      `The secret "${this.name}" could not be read (${codeOf(error)}). Check the store, its ` +
        `network and the permission to read the secret.`,
      { cause: error },
    );
  }

  #stageFailed(stage: VersionStage, error: unknown): void {
    const code = codeOf(error);
    const known = this.#failedStages.get(stage);
    this.#failedStages.set(stage, { code, count: (known?.count ?? 0) + 1 });
    if (known?.code === code || this.#closed) return;
    const field = isRekeyError(error) ? error.field : undefined;
    this.#options.onEvent({ type: "source-failed", secret: this.name, stage, code, field });
  }

  #stageWorks(stage: VersionStage): void {
    const known = this.#failedStages.get(stage);
    if (known === undefined) return;
    this.#failedStages.delete(stage);
    const failures = known.count;
    this.#options.onEvent({ type: "source-recovered", secret: this.name, stage, failures });
  }

  #reportStale(nowMs: number): void {
    if (this.#staleReported) return;
    this.#staleReported = true;
    this.#options.onEvent({
      type: "stale-served",
      secret: this.name,
      versionId: this.#credential!.versionId,
      ageMs: nowMs - this.#readAtMs,
    });
  }

  #noticeFreeze(): void {
    const frozenMs = this.#freeze.check();
    if (frozenMs === 0) return;
    this.#freshUntilMs = -Infinity;
    this.#retryAtMs = -Infinity;
    this.#options.onEvent({ type: "process-frozen", secret: this.name, frozenMs });
  }

  #refreshBehind(reason: string): void {
    if (this.#readers.current.reading || this.#options.clock.monotonicMs() < this.#retryAtMs) {
      return;
    }
    this.#readCurrent(this.#readers.current.join(), reason).catch(() => {});
  }

  /** One timer at most: to the next refresh while anybody listens. */
  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // Before the first read there is nothing to keep fresh.
    if (this.#closed || this.#listeners.size === 0 || this.#credential === undefined) return;
    const { clock } = this.#options;
    const atMs = Math.max(this.#aheadAtMs, this.#retryAtMs);
    this.#timer = clock.setTimer(Math.max(0, atMs - clock.monotonicMs()), () => {
      this.#timer = undefined;
      this.#noticeFreeze();
      this.#refreshBehind("refresh");
      // A read that is already under way applies itself, which sets the next timer.
    });
  }

  #closedError(): RekeyError {
    return new RekeyError("CLOSED", `The credential provider of "${this.name}" is closed.`);
  }
}
