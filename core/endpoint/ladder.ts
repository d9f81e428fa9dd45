/** Which credential to try next at one endpoint: a state machine without I/O. */

import type { Credential, VersionStage } from "../credential.ts";
import type { Random } from "../random.ts";
import { fullJitter } from "../resilience/backoff.ts";

/** A credential worth trying, and where it was found. */
export interface Candidate {
  readonly credential: Credential;
  readonly stage: VersionStage | "accepted";
}

/** What to do next. */
export type LadderAction =
  | { readonly type: "login"; readonly candidate: Candidate }
  /** `fresh`: a cached answer will not do. */
  | { readonly type: "read"; readonly stage: VersionStage; readonly fresh: boolean }
  | { readonly type: "wait"; readonly delayMs: number };

/** What an accepted login changed. */
export interface Acceptance {
  /** The version preferred before; undefined at the first login. */
  readonly from: string | undefined;
  /** Whether the endpoint prefers another version from now on. */
  readonly changed: boolean;
  /** Whether that is an older one. */
  readonly rolledBack: boolean;
}

/** After this long a credential that was rejected may be tried again. */
const retryRejectedMs = 1_000;
/** The first backoff is at most this long: a pending version may become valid at any moment. */
const backoff = { baseMs: 250, capMs: 5_000 };
/** So many rejections in a row need new information, or a wait of `retryRejectedMs`. */
const maxStreak = 2;
/** So many logins in a row that only an older version could make prove a roll-back. */
const rollBackAfter = 2;

/**
 * The ladder of one endpoint. Candidates, in order: what was pushed as the new current version, what
 * this endpoint last accepted, current, pending with the same username, previous, pending with
 * another username.
 *
 * A rejected credential is marked and skipped. Its mark holds for as long as the endpoint accepts
 * what it accepts now: when that is rejected, the database has moved on and all other marks are
 * forgotten. (Otherwise, with a lagging replica: the new version is pushed, rejected and marked; the
 * replica catches up; the old version is rejected; and the one right candidate is skipped.)
 */
export class Ladder {
  readonly #isNewer: (a: string, b: string) => boolean;
  readonly #random: Random;

  #preferred: Credential | undefined;
  #pushed: Credential | undefined;
  /** Rejected versions, each with the time at which it may be tried again. */
  readonly #marks = new Map<string, number>();
  #olderInARow = 0;

  // The search under way.
  #read = new Map<VersionStage, Credential | undefined>();
  #rejectedAny = false;
  #round = 0;
  #waitUntilMs = -Infinity;
  readonly #known = new Set<string>();
  #streak = 0;
  #lastRejectedMs = -Infinity;

  constructor(isNewer: (a: string, b: string) => boolean, random: Random) {
    this.#isNewer = isNewer;
    this.#random = random;
  }

  /** What the endpoint accepted last, unless only a single connection fell back to it. */
  get preferred(): Credential | undefined {
    return this.#preferred;
  }

  /** The pushed version that is worth a probe: newer than the preferred one, and not rejected. */
  get target(): Credential | undefined {
    const pushed = this.#pushed;
    if (pushed === undefined || this.#marks.has(pushed.versionId)) return undefined;
    const preferred = this.#preferred;
    if (preferred === undefined) return pushed;
    if (preferred.versionId === pushed.versionId) return undefined;
    return pushed;
  }

  /** Notes that another version became current in the store. */
  push(credential: Credential): void {
    this.#pushed = credential;
    this.#marks.delete(credential.versionId);
  }

  /** Lets the pushed version be tried once more. Returns whether there is anything to try. */
  reprobe(): boolean {
    if (this.#pushed !== undefined) this.#marks.delete(this.#pushed.versionId);
    return this.target !== undefined;
  }

  /** Begins the search of one login. */
  begin(): void {
    this.#read.clear();
    this.#rejectedAny = false;
    this.#round = 0;
    this.#waitUntilMs = -Infinity;
  }

  /** What to do next. Every action is answered by one of the methods below, a wait by time. */
  next(nowMs: number): LadderAction {
    if (nowMs < this.#waitUntilMs) {
      return { type: "wait", delayMs: this.#waitUntilMs - nowMs };
    }
    const step = this.#step(nowMs);
    if (step === undefined) return this.#backOff(nowMs);
    if (step.type === "login" && this.#streak >= maxStreak) {
      const untilMs = this.#lastRejectedMs + retryRejectedMs;
      if (nowMs < untilMs) return { type: "wait", delayMs: untilMs - nowMs };
    }
    return step;
  }

  /** The answer to a read. */
  onRead(stage: VersionStage, credential: Credential | undefined): void {
    this.#read.set(stage, credential);
    if (credential === undefined || this.#known.has(credential.versionId)) return;
    this.#known.add(credential.versionId);
    this.#streak = 0;
  }

  /** The endpoint refused this credential. */
  onRejected({ credential }: Candidate, nowMs: number): void {
    this.#rejectedAny = true;
    this.#known.add(credential.versionId);
    this.#streak++;
    this.#lastRejectedMs = nowMs;
    if (credential.versionId === this.#preferred?.versionId) this.#marks.clear();
    this.#marks.set(credential.versionId, nowMs + retryRejectedMs);
  }

  /** No answer about the credential: the server could not be reached, or has no room. */
  onUnavailable(nowMs: number): void {
    this.#waitUntilMs = nowMs + fullJitter(this.#round++, backoff, this.#random);
  }

  /** The endpoint accepted this credential. */
  onAccepted({ credential }: Candidate): Acceptance {
    const from = this.#preferred;
    this.#streak = 0;
    this.#known.add(credential.versionId);
    this.#marks.delete(credential.versionId);
    const wasPushed = this.#pushed?.versionId === credential.versionId;
    if (wasPushed || this.#pushed && this.#isNewer(credential.versionId, this.#pushed.versionId)) {
      this.#pushed = undefined;
    }
    const older = from !== undefined && from.versionId !== credential.versionId &&
      !this.#isNewer(credential.versionId, from.versionId);
    // A version that was pushed is the store's word: older or not, it is the current one.
    if (!older || wasPushed || ++this.#olderInARow >= rollBackAfter) {
      this.#olderInARow = 0;
      this.#preferred = credential;
      // What else was rejected stays so for as long as this one is accepted.
      for (const versionId of this.#marks.keys()) this.#marks.set(versionId, Infinity);
    } else {
      // One host name may be several servers: this one lags, and the next may not.
      this.#marks.delete(from.versionId);
    }
    return {
      from: from?.versionId,
      changed: this.#preferred?.versionId !== from?.versionId,
      rolledBack: older && this.#preferred === credential,
    };
  }

  #step(nowMs: number): LadderAction | undefined {
    const login = (
      credential: Credential | undefined,
      stage: Candidate["stage"],
    ): LadderAction | undefined =>
      credential !== undefined && (this.#marks.get(credential.versionId) ?? -Infinity) <= nowMs
        ? { type: "login", candidate: { credential, stage } }
        : undefined;

    const known = login(this.target, "current") ?? login(this.#preferred, "accepted");
    if (known !== undefined) return known;
    if (!this.#read.has("current")) {
      // Once something was rejected, what the cache holds is what was rejected.
      return { type: "read", stage: "current", fresh: this.#rejectedAny };
    }
    const current = this.#read.get("current");
    const first = login(current, "current");
    if (first !== undefined) return first;
    if (!this.#read.has("pending")) return { type: "read", stage: "pending", fresh: true };
    const pending = this.#read.get("pending");
    const usual = (current ?? this.#preferred)?.username;
    // The other user of an alternating pair is not valid before its set step: it comes last.
    const early = pending?.username === usual ? login(pending, "pending") : undefined;
    if (early !== undefined) return early;
    if (!this.#read.has("previous")) return { type: "read", stage: "previous", fresh: true };
    return login(this.#read.get("previous"), "previous") ?? login(pending, "pending");
  }

  #backOff(nowMs: number): LadderAction {
    const delayMs = fullJitter(this.#round++, backoff, this.#random);
    this.#waitUntilMs = nowMs + delayMs;
    const pending = this.#read.get("pending");
    // Rejected before its set step, perhaps: the mark lasts for this wait only.
    if (pending !== undefined) this.#marks.delete(pending.versionId);
    this.#read.clear();
    this.#rejectedAny = true;
    return { type: "wait", delayMs };
  }
}
