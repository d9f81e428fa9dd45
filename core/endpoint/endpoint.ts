/** One host and port, and what it accepts: the one door through which every login goes. */

import { type Clock, delay } from "../clock.ts";
import type { Credential } from "../credential.ts";
import { codeOf, type LoginAttempt } from "../errors.ts";
import type { FailureKind } from "../failure.ts";
import type { CredentialProvider } from "../provider/provider.ts";
import type { Random } from "../random.ts";
import { type Candidate, Ladder, type LadderRead } from "./ladder.ts";
import {
  isRejection,
  isUnanswered,
  type Login,
  type LoginRequest,
  type ProbeFailure,
} from "./login.ts";
import { closedError, exhaustedError, type LastFailure, refusedError } from "./login_errors.ts";
import { Pursuit } from "./pursuit.ts";
import { Turnstile } from "./turnstile.ts";
import { type EndpointUser, EndpointUsers } from "./users.ts";

export type { Login, LoginRequest, ProbeFailure } from "./login.ts";
export type { EndpointUser } from "./users.ts";

/** What an endpoint is made of. */
export interface EndpointOptions {
  /** `host:port`. */
  readonly name: string;
  readonly provider: CredentialProvider;
  readonly clock: Clock;
  readonly random: Random;
}

/** A snapshot of an endpoint. */
export interface EndpointStats {
  /** `host:port`. */
  readonly endpoint: string;
  /** The version that new connections log in with; undefined before the first login. */
  readonly versionId: string | undefined;
  /** Logins that were accepted. */
  readonly accepted: number;
  /** Logins that were rejected. */
  readonly rejected: number;
  /** Logins under way or waiting for their turn. */
  readonly waiting: number;
}

/** So many rejections are remembered for the error of one who had none of his own. */
const keptAttempts = 8;

/** What one host and port accepts. */
export class Endpoint {
  readonly name: string;
  readonly #provider: CredentialProvider;
  readonly #clock: Clock;
  readonly #ladder: Ladder;
  readonly #turnstile = new Turnstile();
  readonly #users = new EndpointUsers();
  readonly #pursuit: Pursuit;
  #unsubscribe: (() => void) | undefined;
  /** What was current in the store when the last user left. */
  #seenVersionId: string | undefined;
  #wake = new AbortController();
  /** What was rejected since a login was last accepted. */
  #lately: readonly LoginAttempt[] = [];
  #accepted = 0;
  #rejected = 0;

  constructor({ name, provider, clock, random }: EndpointOptions) {
    this.name = name;
    this.#provider = provider;
    this.#clock = clock;
    this.#ladder = new Ladder((a, b) => provider.isNewer(a, b), random);
    this.#pursuit = new Pursuit(this.#ladder, this.#users, clock, this.reprobeMs);
  }

  /** What new connections log in with. */
  get preferred(): Credential | undefined {
    return this.#ladder.preferred;
  }

  /** The pushed version that waits to be probed. */
  get target(): Credential | undefined {
    return this.#ladder.target;
  }

  /** How long it takes until a version that was rejected is tried again, in milliseconds. */
  get reprobeMs(): number {
    return this.#provider.ttlMs;
  }

  /** Joins the users. While there are any, the endpoint learns of new versions by itself. */
  attach(user: EndpointUser): () => void {
    this.#users.add(user);
    if (this.#unsubscribe === undefined) {
      this.#unsubscribe = this.#provider.subscribe((credential) => this.#pushed(credential));
      // Nobody listened meanwhile.
      const current = this.#provider.peek();
      const changed = current?.versionId !== this.#seenVersionId;
      if (current && changed && this.#seenVersionId !== undefined) this.#ladder.push(current);
    }
    this.#pursuit.now();
    return () => this.#leave(user);
  }

  /**
   * Logs in with the best candidate, and with the next one when it is rejected. At most one login is
   * under way at this endpoint, whoever wants it.
   *
   * @throws {RekeyError} `LOGIN_BUDGET_EXHAUSTED` with the attempts, `LOGIN_REFUSED`, `CLOSED` when
   * the signal aborts; what `connect` throws besides, and what the provider throws when there is no
   * credential to begin with
   */
  login<C>(request: LoginRequest<C>): Promise<Login<C>> {
    const startedMs = this.#clock.monotonicMs();
    return this.#turnstile.pass(() => this.#search(request, startedMs));
  }

  /**
   * Tries the pushed version, and nothing else: when it is rejected, or the server has no room, the
   * endpoint keeps what it has and asks again later.
   */
  probe<C>(request: LoginRequest<C>): Promise<Login<C> | ProbeFailure> {
    return this.#turnstile.pass(async () => {
      // Whoever comes next would have to wait as long.
      for (let restMs = this.#restMs(); restMs > 0; restMs = this.#restMs()) {
        if (request.signal?.aborted) break;
        await this.#sleep(restMs, request.signal);
      }
      const credential = this.#ladder.target;
      if (credential === undefined || request.signal?.aborted) {
        return { code: "SUPERSEDED", kind: undefined };
      }
      const candidate: Candidate = { credential, stage: "current" };
      try {
        const connection = await request.connect(credential, request.connectTimeoutMs);
        this.#acceptedLogin(candidate);
        return { connection, credential };
      } catch (error) {
        const failure = request.classify(error);
        const { kind, code } = failure;
        if (isUnanswered(failure)) this.#ladder.onUnanswered();
        if (isRejection(failure)) this.#rejectedLogin(candidate, kind, code);
        else this.#pursuit.later();
        return { code, kind };
      }
    });
  }

  /** A snapshot. */
  stats(): EndpointStats {
    return Object.freeze({
      endpoint: this.name,
      versionId: this.#ladder.preferred?.versionId,
      accepted: this.#accepted,
      rejected: this.#rejected,
      waiting: this.#turnstile.size,
    });
  }

  async #search<C>(request: LoginRequest<C>, startedMs: number): Promise<Login<C>> {
    const { budgetMs, connectTimeoutMs, signal } = request;
    const attempts: LoginAttempt[] = [];
    let last: LastFailure | undefined;
    let refreshed = false;
    this.#ladder.begin();
    while (true) {
      if (signal?.aborted) throw closedError(this.name);
      const nowMs = this.#clock.monotonicMs();
      const leftMs = startedMs + budgetMs - nowMs;
      if (leftMs <= 0) {
        this.#users.emit({
          type: "search-failed",
          endpoint: this.name,
          durationMs: nowMs - startedMs,
          rejected: attempts.length,
          code: last?.code ?? this.#lately.at(-1)?.code ?? "BUSY",
        });
        // One that only waited, for what others had found rejected, is told what that was.
        const rejected = attempts.length > 0 ? attempts : this.#lately;
        throw exhaustedError(this.name, budgetMs, rejected, last);
      }

      const action = this.#ladder.next(nowMs);
      if (action.type === "wait") {
        await this.#sleep(Math.min(action.delayMs, leftMs), signal);
        continue;
      }
      if (action.type === "read") {
        last = await this.#read(action) ?? last;
        continue;
      }
      const { candidate } = action;
      const { versionId } = candidate.credential;
      try {
        const timeoutMs = Math.min(connectTimeoutMs, leftMs);
        const connection = await request.connect(candidate.credential, timeoutMs);
        this.#acceptedLogin(candidate);
        return { connection, credential: candidate.credential };
      } catch (error) {
        const failure = request.classify(error);
        const { kind, code } = failure;
        // A connect that the budget cut short says less than the one before it.
        const cut = leftMs < connectTimeoutMs && kind === "connection";
        if (!cut || last === undefined) last = { error, code };
        if (isUnanswered(failure)) this.#ladder.onUnanswered();
        if (kind === "connection" || kind === "busy" || kind === "starting") {
          this.#ladder.onUnavailable(this.#clock.monotonicMs());
          continue;
        }
        if (!isRejection(failure)) throw error;
        // A new user without the right to connect: the one accepted last still has it.
        const isNew = versionId !== this.preferred?.versionId && this.#ladder.stillAccepts;
        if (kind === "refused" && !isNew) {
          // Another version may have another user; when it has not, no waiting mends this.
          const current = refreshed ? undefined : await this.#provider.read("current");
          refreshed = true;
          if (current === undefined || current.versionId === versionId) {
            throw refusedError(this.name, candidate, { error, code });
          }
          this.#ladder.onRead("current", current);
        }
        const attempt = { stage: candidate.stage, versionId, code };
        attempts.push(attempt);
        this.#lately = [...this.#lately.slice(1 - keptAttempts), attempt];
        this.#rejectedLogin(candidate, kind, code);
      }
    }
  }

  /** Reads a stage for the ladder. Returns why there was no answer, if there was none. */
  async #read({ stage, fresh }: LadderRead): Promise<LastFailure | undefined> {
    if (stage !== "current" || this.preferred !== undefined) {
      this.#ladder.onRead(stage, await this.#provider.read(stage));
      return undefined;
    }
    try {
      const current = fresh ? this.#provider.refresh("ladder") : this.#provider.get();
      this.#ladder.onRead(stage, await current);
      return undefined;
    } catch (error) {
      // A cold process cannot read its secret. A store that is down may come back in time.
      const code = codeOf(error);
      if (code !== "SOURCE_FAILED") throw error;
      this.#ladder.onUnavailable(this.#clock.monotonicMs());
      return { error, code };
    }
  }

  #acceptedLogin(candidate: Candidate): void {
    this.#accepted++;
    this.#lately = [];
    const { credential, stage } = candidate;
    const { versionId, username } = credential;
    const { from, changed, rolledBack } = this.#ladder.onAccepted(candidate);
    if (from !== versionId) {
      const about = { endpoint: this.name, username, versionId, stage, from, rolledBack };
      this.#users.emit({ type: "candidate-accepted", ...about });
    }
    if (!changed) return;
    this.#users.prefer(credential);
    const current = this.#provider.peek();
    if (current !== undefined && this.#provider.isNewer(current.versionId, versionId)) {
      // Older than what the store names: this server lags, perhaps, and catches up.
      this.#ladder.push(current);
      this.#pursuit.now();
    }
  }

  #rejectedLogin(candidate: Candidate, kind: FailureKind, code: string): void {
    this.#rejected++;
    const { credential: { username, versionId }, stage } = candidate;
    const wasTarget = this.target?.versionId === versionId;
    this.#ladder.onRejected(candidate, this.#clock.monotonicMs(), kind === "locked");
    this.#users.emit({
      type: "login-rejected",
      endpoint: this.name,
      username,
      versionId,
      stage,
      code,
    });
    // The new version is not here yet, a lagging replica perhaps: ask again, but seldom.
    if (wasTarget) this.#pursuit.later();
  }

  #pushed(credential: Credential): void {
    this.#ladder.push(credential);
    // Whoever waits for a candidate to become valid need not wait any longer.
    this.#wake.abort();
    this.#wake = new AbortController();
    this.#pursuit.now();
  }

  #leave(user: EndpointUser): void {
    if (!this.#users.delete(user)) return;
    // It may have been the one that was to probe.
    if (this.#users.any) return this.#pursuit.now();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#seenVersionId = this.#provider.peek()?.versionId;
    this.#pursuit.stop();
  }

  #restMs(): number {
    return this.#ladder.restMs(this.#clock.monotonicMs());
  }

  async #sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = this.#wake.signal;
    const either = signal === undefined ? wake : AbortSignal.any([wake, signal]);
    // A statement waits for this: without it a script would end before its first answer.
    await delay(this.#clock, delayMs, either, true);
  }
}
