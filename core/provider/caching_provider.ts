/** What is behind `credentialProvider`: the cache, and when the store is read. */

import type { Timer } from "../clock.ts";
import type { Credential, VersionStage } from "../credential.ts";
import { RekeyError } from "../errors.ts";
import type { SecretSource } from "../source.ts";
import { FreezeDetector } from "../freeze_detector.ts";
import type { ResolvedProviderOptions } from "./options.ts";
import type { CredentialProvider, ProviderStats } from "./provider.ts";
import { StageHealth } from "./stage_health.ts";
import { type StageRead, StageReader } from "./stage_reader.ts";
import { VersionOrder } from "./version_order.ts";

/** How long an older version must have been seen before it is believed to be current again. */
const rollBackConfirmMs = 1_000;
/** In the background a store that fails is not asked again earlier than this. */
const leastRetryMs = 1_000;

/** See {@linkcode CredentialProvider}. */
export class CachingProvider implements CredentialProvider {
  readonly name: string;
  readonly ttlMs: number;
  readonly #options: ResolvedProviderOptions;
  readonly #readers: Readonly<Record<VersionStage, StageReader>>;
  readonly #health: StageHealth;
  readonly #order = new VersionOrder();
  readonly #freeze: FreezeDetector;
  readonly #listeners = new Set<(credential: Credential) => void>();

  #cached: Promise<Credential> | undefined;
  #credential: Credential | undefined;
  #readAtMs = 0;
  #freshUntilMs = -Infinity;
  /** What `get()` answers until the end of this turn of the event loop. */
  #answer: Promise<Credential> | undefined;
  readonly #endTurn = () => void (this.#answer = undefined);
  /** When the store is read in the background. */
  #aheadAtMs = -Infinity;
  /** Answers to reads up to this number are too old to be believed. */
  #outdatedReads = 0;

  #failures = 0;
  #lastError: RekeyError | undefined;
  #retryAtMs = -Infinity;
  #staleReported = false;

  #suspect: { readonly versionId: string; readonly atMs: number } | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(source: SecretSource, options: ResolvedProviderOptions) {
    const { clock, readTimeoutMs: timeoutMs, engines, onEvent } = options;
    this.name = source.name;
    this.ttlMs = options.ttlMs;
    this.#options = options;
    this.#freeze = new FreezeDetector(clock);
    this.#health = new StageHealth(source.name, onEvent);
    const reader = (stage: VersionStage, onRead: (read: StageRead) => void) =>
      new StageReader({ source, stage, clock, timeoutMs, engines, onRead });
    this.#readers = {
      current: reader("current", (read) => this.#onCurrent(read)),
      pending: reader("pending", (read) => this.#onOther("pending", read)),
      previous: reader("previous", (read) => this.#onOther("previous", read)),
    };
  }

  get(): Promise<Credential> {
    return this.#answer ?? this.#look();
  }

  #look(): Promise<Credential> {
    if (this.#closed) return Promise.reject(this.#closedError());
    const nowMs = this.#noticeFreeze();
    if (nowMs < this.#freshUntilMs) {
      if (nowMs >= this.#aheadAtMs && nowMs >= this.#retryAtMs) this.#readBehind();
      return this.#share(this.#cached!);
    }
    const asked = nowMs < this.#retryAtMs;
    // Nobody waits for a store that is known to fail while there is something to hand out.
    const failing = this.#failures > 0 && this.#readers.current.isReading(this.#outdatedReads);
    if ((asked || failing) && this.#isUsable(nowMs)) return this.#share(this.#stale(nowMs));
    if (asked) return Promise.reject(this.#lastError);
    // Only the first one to ask a failing store again waits for it.
    return this.#failures > 0 ? this.#load() : this.#share(this.#load());
  }

  /**
   * Whoever asks in the same turn of the event loop gets the same answer, which nobody can use before
   * the turn is over: reading the clocks is nearly all that a hit costs.
   */
  #share(answer: Promise<Credential>): Promise<Credential> {
    queueMicrotask(this.#endTurn);
    return this.#answer = answer;
  }

  peek(): Credential | undefined {
    return this.#credential;
  }

  async refresh(hint = "refresh"): Promise<Credential> {
    if (this.#closed) throw this.#closedError();
    return this.#outcome(await this.#readers.current.fresh(hint));
  }

  async read(stage: VersionStage): Promise<Credential | undefined> {
    const { error, credential } = await this.#readers[stage].fresh("ladder");
    // Denied by policy, not there, unreadable: no candidate, and an event that says so.
    if (error !== undefined || this.#closed) return undefined;
    return stage === "current" ? this.#credential : credential;
  }

  isNewer(a: string, b: string): boolean {
    return this.#order.isNewer(a, b);
  }

  subscribe(listener: (credential: Credential) => void): () => void {
    // A wrapper, so that a function subscribed twice is two subscriptions.
    const entry = (credential: Credential) => listener(credential);
    if (!this.#closed) this.#listeners.add(entry);
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
    this.#answer = undefined;
    this.#timer?.cancel();
    this.#listeners.clear();
    for (const reader of Object.values(this.#readers)) reader.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #load(): Promise<Credential> {
    const read = await this.#readers.current.join(this.#outdatedReads, "refresh");
    const nowMs = this.#options.clock.monotonicMs();
    if (read.error !== undefined && !this.#closed && this.#isUsable(nowMs)) {
      return this.#stale(nowMs);
    }
    return this.#outcome(read);
  }

  #outcome({ error }: StageRead): Credential {
    if (this.#closed) throw this.#closedError();
    if (error !== undefined) throw error;
    return this.#credential!;
  }

  /** The one path by which an answer about the current stage reaches the cache. */
  #onCurrent({ sequence, reason, credential, error }: StageRead): void {
    if (this.#closed) return;
    this.#answer = undefined;
    if (error !== undefined) return this.#failed(error);
    this.#health.works("current");
    this.#failures = 0;
    this.#retryAtMs = -Infinity;
    this.#staleReported = false;
    const before = this.#credential;
    if (before === undefined || sequence > this.#outdatedReads) {
      this.#apply(before, credential!, reason);
    }
    this.#schedule();
  }

  #apply(before: Credential | undefined, credential: Credential, reason: string): void {
    const { clock, random, ttlMs, refreshAheadMs } = this.#options;
    const nowMs = clock.monotonicMs();
    this.#readAtMs = nowMs;
    const isNew = this.#order.observe("current", credential.versionId);
    const back = before !== undefined && !isNew &&
      this.#order.isNewer(before.versionId, credential.versionId);
    if (back && !this.#confirmRollBack(credential.versionId, nowMs)) {
      // Reads just after a write may show the old state: one stale answer is never final.
      this.#aheadAtMs = this.#freshUntilMs = nowMs + Math.min(rollBackConfirmMs, ttlMs);
      return;
    }
    this.#suspect = undefined;
    this.#freshUntilMs = nowMs + ttlMs;
    this.#aheadAtMs = nowMs + ttlMs - refreshAheadMs * (1 + random.next());
    if (before?.versionId === credential.versionId) return;
    this.#credential = credential;
    this.#cached = Promise.resolve(credential);
    this.#changed(before, credential, back, reason);
  }

  #changed(from: Credential | undefined, to: Credential, rolledBack: boolean, why: string): void {
    this.#options.onEvent({
      type: "version-changed",
      secret: this.name,
      from: from?.versionId,
      to: to.versionId,
      rolledBack,
      reason: from === undefined ? "first" : why,
    });
    if (from === undefined) return;
    for (const listener of [...this.#listeners]) {
      try {
        listener(to);
      } catch {
        // A listener cannot break what it listens to.
      }
    }
  }

  #confirmRollBack(versionId: string, nowMs: number): boolean {
    if (this.#suspect?.versionId === versionId) {
      return nowMs - this.#suspect.atMs >= rollBackConfirmMs;
    }
    this.#suspect = { versionId, atMs: nowMs };
    return false;
  }

  #failed(error: RekeyError): void {
    const { clock, random, ttlMs, negativeTtlMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const growth = negativeTtlMs * 2 ** Math.min(this.#failures, 20);
    // Half of the wait is fixed, so that a failing store is never asked again at once.
    const waitMs = Math.min(growth, Math.max(ttlMs, negativeTtlMs)) * (1 + random.next()) / 2;
    this.#failures++;
    this.#lastError = error;
    this.#retryAtMs = nowMs + waitMs;
    this.#aheadAtMs = nowMs + Math.max(waitMs, leastRetryMs);
    this.#health.failed("current", error);
    this.#schedule();
  }

  #onOther(stage: VersionStage, { credential, error }: StageRead): void {
    if (this.#closed) return;
    if (error !== undefined) return this.#health.failed(stage, error);
    this.#health.works(stage);
    if (credential !== undefined) this.#order.observe(stage, credential.versionId);
  }

  #isUsable(nowMs: number): boolean {
    return this.#credential !== undefined && nowMs - this.#readAtMs <= this.#options.maxStaleMs;
  }

  #stale(nowMs: number): Promise<Credential> {
    if (!this.#staleReported) {
      this.#staleReported = true;
      this.#options.onEvent({
        type: "stale-served",
        secret: this.name,
        versionId: this.#credential!.versionId,
        ageMs: nowMs - this.#readAtMs,
      });
    }
    return this.#cached!;
  }

  /** Returns the time, on the monotonic clock. */
  #noticeFreeze(): number {
    const nowMs = this.#options.clock.monotonicMs();
    const frozenMs = this.#freeze.check(nowMs);
    if (frozenMs === 0) return nowMs;
    // The monotonic clock did not see this time pass. What was asked before it tells of then.
    this.#readAtMs -= frozenMs;
    this.#outdatedReads = this.#readers.current.reads;
    this.#freshUntilMs = -Infinity;
    this.#retryAtMs = -Infinity;
    this.#options.onEvent({ type: "process-frozen", secret: this.name, frozenMs });
    return nowMs;
  }

  #readBehind(): void {
    void this.#readers.current.join(this.#outdatedReads, "refresh");
  }

  /** One timer at most: to the next refresh while anybody listens. */
  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    // Before the first read there is nothing to keep fresh.
    if (this.#closed || this.#listeners.size === 0 || this.#credential === undefined) return;
    const { clock } = this.#options;
    const delayMs = Math.max(0, this.#aheadAtMs - clock.monotonicMs());
    this.#timer = clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#noticeFreeze();
      // The end of the read sets the next timer.
      this.#readBehind();
    });
  }

  #closedError(): RekeyError {
    return new RekeyError("CLOSED", `The credential provider of "${this.name}" is closed.`);
  }
}
