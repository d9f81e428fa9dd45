/** Which credential to try next at one endpoint: a state machine without I/O. */

import type { Credential, VersionStage } from "../credential.ts";
import type { Random } from "../random.ts";
import { fullJitter } from "../resilience/backoff.ts";
import { Lockouts } from "./lockouts.ts";
import { Rejections, retryRejectedMs } from "./rejections.ts";

/** A credential worth trying, and where it was found. */
export interface Candidate {
  readonly credential: Credential;
  readonly stage: VersionStage | "accepted";
}

/** A stage to be read. `fresh`: a cached answer will not do. */
export interface LadderRead {
  readonly type: "read";
  readonly stage: VersionStage;
  readonly fresh: boolean;
}

/** What to do next. */
export type LadderAction =
  | { readonly type: "login"; readonly candidate: Candidate }
  | LadderRead
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

/** The first backoff is at most this long: a pending version may become valid at any moment. */
const backoff = { baseMs: 250, capMs: 5_000, leastMs: 25 };
/**
 * So many rejections in a row need new information, or a wait of `retryRejectedMs`. A login without
 * an answer counts as one: the server may have refused it, and counts it, too.
 */
const maxStreak = 2;
/** So many logins in a row that only an older version could make prove a roll-back. */
const rollBackAfter = 2;

/**
 * The ladder of one endpoint. Candidates, in order: what was pushed as the new current version, what
 * this endpoint last accepted, current, pending with the same username, previous, pending with
 * another username.
 *
 * A rejected credential is marked and skipped, for as long as `Rejections` says. When all of them
 * were rejected, they get their turns again. A label that moves never clears a mark. A user whom the
 * server has locked out is left alone.
 */
export class Ladder {
  readonly #isNewer: (a: string, b: string) => boolean;
  readonly #random: Random;

  #preferred: Credential | undefined;
  /** Became current in the store, and was not accepted here yet. */
  #pushed: Credential | undefined;
  readonly #rejections = new Rejections();
  readonly #lockouts = new Lockouts();
  /** The version of the last login that was accepted, by whichever server of this name. */
  #accepted: string | undefined;
  #olderInARow = 0;
  /** Something was rejected since the last accepted login: what the cache holds will not do. */
  #needsFresh = false;
  readonly #known = new Set<string>();
  #streak = 0;
  #lastRejectedMs = -Infinity;

  // The search under way.
  readonly #read = new Map<VersionStage, Credential | undefined>();
  #round = 0;
  /** The labels moved between two reads of this round, and it was read once more. */
  #torn = false;
  /** A version was seen for the first time, as previous: of which current one, only a read can tell. */
  #doubtful = false;
  #waitUntilMs = -Infinity;

  constructor(isNewer: (a: string, b: string) => boolean, random: Random) {
    this.#isNewer = isNewer;
    this.#random = random;
  }

  /** What the endpoint accepted last, unless only a single connection fell back to it. */
  get preferred(): Credential | undefined {
    return this.#preferred;
  }

  /**
   * The pushed version, while it is worth a probe: not adopted yet, and not rejected. An older one
   * than the preferred is worth it, too: the store was rolled back.
   */
  get target(): Credential | undefined {
    const pushed = this.#pushed;
    if (pushed === undefined || this.#lockouts.has(pushed.username)) return undefined;
    const { versionId } = pushed;
    const isOpen = !this.#rejections.has(versionId) || this.#rejections.hasLapsed(versionId);
    return isOpen ? pushed : undefined;
  }

  /** Whether a version was pushed that the endpoint has rejected so far. */
  get isBehind(): boolean {
    return this.#pushed !== undefined && this.target === undefined;
  }

  /** Whether the endpoint still accepts what it accepted last, as far as is known. */
  get stillAccepts(): boolean {
    return this.#preferred !== undefined && !this.#rejections.has(this.#preferred.versionId);
  }

  /** Notes that another version became current in the store. A wait for new information ends. */
  push(credential: Credential): void {
    const adopted = credential.versionId === this.#preferred?.versionId;
    this.#pushed = adopted ? undefined : credential;
    this.#learn(credential);
    this.#forgetReads();
    this.#waitUntilMs = -Infinity;
  }

  /** Lets the pushed version be tried once more. */
  reprobe(nowMs: number): void {
    // Between two searches nobody else would notice that a lock is over.
    this.#lockouts.expire(nowMs);
    if (this.#pushed !== undefined) this.#rejections.forget(this.#pushed.versionId);
  }

  /** Begins the search of one login. */
  begin(): void {
    this.#beginRound();
    this.#round = 0;
    this.#waitUntilMs = -Infinity;
  }

  /** What to do next. Every action is answered by one of the methods below, a wait by time. */
  next(nowMs: number): LadderAction {
    this.#lockouts.expire(nowMs);
    if (nowMs < this.#waitUntilMs) {
      return { type: "wait", delayMs: this.#waitUntilMs - nowMs };
    }
    const step = this.#step() ?? this.#retry(nowMs);
    if (step === undefined) return this.#backOff(nowMs);
    const delayMs = step.type === "login" ? this.restMs(nowMs) : 0;
    if (delayMs === 0) return step;
    // To ask costs no failed login, and what is new in the store makes the wait unnecessary.
    if (!this.#read.has("current")) return { type: "read", stage: "current", fresh: true };
    return { type: "wait", delayMs };
  }

  /** For how long nothing may be tried, not even by a probe: too much was rejected in a row. */
  restMs(nowMs: number): number {
    this.#lockouts.expire(nowMs);
    if (this.#streak < maxStreak) return 0;
    return Math.max(0, this.#lastRejectedMs + retryRejectedMs - nowMs);
  }

  /** The answer to a read. */
  onRead(stage: VersionStage, credential: Credential | undefined): void {
    this.#read.set(stage, credential);
    if (credential === undefined) return;
    if (stage === "previous" && !this.#known.has(credential.versionId)) this.#doubtful = true;
    this.#learn(credential);
  }

  /** The endpoint refused this credential; `locked`: and would refuse any other of this user. */
  onRejected(
    { credential: { versionId, username } }: Candidate,
    nowMs: number,
    locked = false,
  ): void {
    if (locked) this.#lockouts.add(username, nowMs);
    // What was read came from a cache, and may be old; so may be what was tried for a second time.
    if (!this.#needsFresh || this.#rejections.has(versionId)) this.#forgetReads();
    this.#needsFresh = true;
    this.#known.add(versionId);
    this.#streak++;
    this.#lastRejectedMs = nowMs;
    if (versionId === this.#preferred?.versionId && this.stillAccepts) {
      // The database has moved on, and what was rejected before counts no more. It is new information,
      // unless a login has had to fall back since, and it was known already.
      if (versionId === this.#accepted) this.#streak = 1;
      this.#rejections.onMovedOn();
    }
    this.#rejections.add(versionId, nowMs);
  }

  /** No answer about the credential: server or store could not be reached, or have no room. */
  onUnavailable(nowMs: number): void {
    this.#needsFresh = true;
    this.#waitUntilMs = nowMs + fullJitter(this.#round++, backoff, this.#random);
  }

  /** A login ended without the server's answer, which may have been a refusal. */
  onUnanswered(): void {
    this.#streak++;
  }

  /** The endpoint accepted this credential. */
  onAccepted({ credential }: Candidate): Acceptance {
    const from = this.#preferred;
    const { versionId } = credential;
    this.#accepted = versionId;
    this.#streak = 0;
    this.#needsFresh = false;
    this.#known.add(versionId);
    this.#rejections.forget(versionId);
    const wasPushed = this.#pushed?.versionId === versionId;
    if (wasPushed || this.#pushed && this.#isNewer(versionId, this.#pushed.versionId)) {
      this.#pushed = undefined;
    }
    const older = from !== undefined && from.versionId !== versionId &&
      !this.#isNewer(versionId, from.versionId);
    // A version that was pushed is the store's word: older or not, it is the current one.
    if (!older || wasPushed || ++this.#olderInARow >= rollBackAfter) {
      this.#olderInARow = 0;
      this.#preferred = credential;
      this.#rejections.hold();
    } else {
      // One host name may be several servers: this one lags, and the next may not.
      this.#rejections.forget(from.versionId);
    }
    return {
      from: from?.versionId,
      changed: this.#preferred?.versionId !== from?.versionId,
      rolledBack: older && this.#preferred === credential,
    };
  }

  #beginRound(): void {
    this.#forgetReads();
    this.#rejections.beginRound();
    this.#torn = false;
  }

  #forgetReads(): void {
    this.#read.clear();
    this.#doubtful = false;
  }

  #learn({ versionId }: Credential): void {
    if (this.#known.has(versionId)) return;
    this.#known.add(versionId);
    this.#streak = 0;
  }

  /** The first rung that was not rejected. */
  #step(): LadderAction | undefined {
    const login = (credential: Credential | undefined, stage: Candidate["stage"]) =>
      credential !== undefined && !this.#rejections.has(credential.versionId) &&
        !this.#lockouts.has(credential.username)
        ? { type: "login", candidate: { credential, stage } } as const
        : undefined;

    const { target } = this;
    if (target !== undefined && !this.#rejections.isRecent(target.versionId)) {
      return { type: "login", candidate: { credential: target, stage: "current" } };
    }
    const known = login(this.#preferred, "accepted");
    if (known !== undefined) return known;
    if (!this.#read.has("current")) {
      return { type: "read", stage: "current", fresh: this.#needsFresh };
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
    // One version cannot be both: the labels moved between the two reads.
    if (!this.#torn && current && this.#read.get("previous")?.versionId === current.versionId) {
      this.#torn = true;
      this.#forgetReads();
      return { type: "read", stage: "current", fresh: true };
    }
    if (this.#doubtful) {
      // Taken for older than it is, it would be left for one that is older still.
      this.#doubtful = false;
      this.#read.delete("current");
      return { type: "read", stage: "current", fresh: true };
    }
    const previous = login(this.#read.get("previous"), "previous");
    if (previous !== undefined) return previous;
    // Refused before the database moved on: not any more, perhaps.
    if (
      current !== undefined && this.#rejections.hasLapsed(current.versionId) &&
      !this.#lockouts.has(current.username)
    ) {
      return { type: "login", candidate: { credential: current, stage: "current" } };
    }
    return login(pending, "pending");
  }

  /** When every rung was rejected: the first of those that may be tried again. */
  #retry(nowMs: number): LadderAction | undefined {
    const rungs: [stage: Candidate["stage"], credential: Credential | undefined][] = [
      ["accepted", this.#preferred],
      ...this.#read,
    ];
    for (const versionId of this.#rejections.retryable(nowMs)) {
      for (const [stage, credential] of rungs) {
        if (credential?.versionId !== versionId || this.#lockouts.has(credential.username)) {
          continue;
        }
        return { type: "login", candidate: { credential, stage } };
      }
    }
    return undefined;
  }

  #backOff(nowMs: number): LadderAction {
    const delayMs = fullJitter(this.#round++, backoff, this.#random);
    this.#waitUntilMs = nowMs + delayMs;
    // Rejected before its set step, perhaps: the mark lasts for this wait only.
    const pending = this.#read.get("pending")?.versionId;
    const isOther = pending !== undefined && pending !== this.#read.get("current")?.versionId;
    if (isOther) this.#rejections.lapse(pending);
    this.#beginRound();
    this.#needsFresh = true;
    return { type: "wait", delayMs };
  }
}
