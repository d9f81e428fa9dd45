/** One host and port, and what it accepts: the one door through which every login goes. */

import { type Clock, delay, type Timer } from "../clock.ts";
import type { Credential } from "../credential.ts";
import { codeOf, type LoginAttempt, RekeyError } from "../errors.ts";
import type { Observer } from "../events.ts";
import type { Failure } from "../failure.ts";
import type { CredentialProvider } from "../provider/provider.ts";
import type { Random } from "../random.ts";
import { type Candidate, Ladder } from "./ladder.ts";
import { Turnstile } from "./turnstile.ts";

/** A login that somebody wants. */
export interface LoginRequest<C> {
  /** Opens a connection with this credential, in at most so many milliseconds. */
  readonly connect: (credential: Credential, timeoutMs: number) => Promise<C>;
  /** What an error of `connect` means. */
  readonly classify: (error: unknown) => Failure;
  /** For how long candidates are searched, waiting for one's turn included, in milliseconds. */
  readonly budgetMs: number;
  /** For how long one connect may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Ends the search early. */
  readonly signal?: AbortSignal;
}

/** A connection, and the credential that it will keep. */
export interface Login<C> {
  readonly connection: C;
  readonly credential: Credential;
}

/** Somebody who holds connections to the endpoint: a pool. */
export interface EndpointUser {
  /** The endpoint prefers this credential from now on. */
  onPreferred(credential: Credential): void;
  /**
   * A new version waits to be probed. Opens one connection with it, if this user has any
   * connection that would otherwise go on with the old one; returns whether it will.
   */
  probe(target: Credential): boolean;
  /** Hears of events. */
  readonly onEvent: Observer;
}

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

/** What one host and port accepts. */
export class Endpoint {
  readonly name: string;
  readonly #provider: CredentialProvider;
  readonly #clock: Clock;
  readonly #ladder: Ladder;
  readonly #turnstile = new Turnstile();
  readonly #users = new Set<EndpointUser>();
  #unsubscribe: (() => void) | undefined;
  #reprobeTimer: Timer | undefined;
  #wake = new AbortController();
  #accepted = 0;
  #rejected = 0;

  constructor({ name, provider, clock, random }: EndpointOptions) {
    this.name = name;
    this.#provider = provider;
    this.#clock = clock;
    this.#ladder = new Ladder((a, b) => provider.isNewer(a, b), random);
  }

  /** What new connections log in with. */
  get preferred(): Credential | undefined {
    return this.#ladder.preferred;
  }

  /** Joins the users. While there are any, the endpoint learns of new versions by itself. */
  attach(user: EndpointUser): () => void {
    this.#users.add(user);
    this.#unsubscribe ??= this.#provider.subscribe((credential) => this.#pushed(credential));
    return () => {
      this.#users.delete(user);
      if (this.#users.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
      this.#reprobeTimer?.cancel();
      this.#reprobeTimer = undefined;
    };
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
   *
   * @returns the login; or the code of the failure, `SUPERSEDED` when there is nothing to probe any
   * more
   */
  probe<C>(request: LoginRequest<C>): Promise<Login<C> | { readonly code: string }> {
    return this.#turnstile.pass(async () => {
      const credential = this.#ladder.target;
      if (credential === undefined || request.signal?.aborted) return { code: "SUPERSEDED" };
      const candidate: Candidate = { credential, stage: "current" };
      try {
        const connection = await request.connect(credential, request.connectTimeoutMs);
        this.#acceptedLogin(candidate);
        return { connection, credential };
      } catch (error) {
        const { kind, code } = request.classify(error);
        if (kind === "auth") this.#rejectedLogin(candidate, code);
        else this.#scheduleReprobe();
        return { code };
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
    let last: { readonly error: unknown; readonly code: string } | undefined;
    let refreshed = false;
    this.#ladder.begin();
    while (true) {
      if (signal?.aborted) throw closedError(this.name);
      const nowMs = this.#clock.monotonicMs();
      const leftMs = startedMs + budgetMs - nowMs;
      if (leftMs <= 0) throw this.#exhausted(request, startedMs, attempts, last);

      const action = this.#ladder.next(nowMs);
      if (action.type === "wait") {
        await this.#sleep(Math.min(action.delayMs, leftMs), signal);
        continue;
      }
      if (action.type === "read") {
        const { stage, fresh } = action;
        try {
          const cached = stage === "current" && !fresh;
          const credential = cached ? await this.#provider.get() : await this.#provider.read(stage);
          this.#ladder.onRead(stage, credential);
        } catch (error) {
          // A cold process cannot read its secret. A store that is down may come back in time.
          const code = codeOf(error);
          if (code !== "SOURCE_FAILED") throw error;
          last = { error, code };
          this.#ladder.onUnavailable(this.#clock.monotonicMs());
        }
        continue;
      }
      const { candidate } = action;
      try {
        const connection = await request.connect(
          candidate.credential,
          Math.min(connectTimeoutMs, leftMs),
        );
        this.#acceptedLogin(candidate);
        return { connection, credential: candidate.credential };
      } catch (error) {
        const { kind, code } = request.classify(error);
        last = { error, code };
        const { versionId } = candidate.credential;
        if (kind === "auth") {
          attempts.push({ stage: candidate.stage, versionId, code });
          this.#rejectedLogin(candidate, code);
        } else if (kind === "refused") {
          // Another version may have another user; when it has not, no waiting mends this.
          const current = refreshed ? undefined : await this.#provider.read("current");
          refreshed = true;
          if (current === undefined || current.versionId === versionId) {
            throw refusedError(this.name, candidate, code, error);
          }
          this.#ladder.onRead("current", current);
          this.#rejectedLogin(candidate, code);
        } else if (kind === "connection" || kind === "busy" || kind === "starting") {
          this.#ladder.onUnavailable(this.#clock.monotonicMs());
        } else {
          throw error;
        }
      }
    }
  }

  #acceptedLogin(candidate: Candidate): void {
    this.#accepted++;
    const { credential, stage } = candidate;
    const { from, changed, rolledBack } = this.#ladder.onAccepted(candidate);
    if (from !== credential.versionId) {
      this.#emit({
        type: "candidate-accepted",
        endpoint: this.name,
        username: credential.username,
        versionId: credential.versionId,
        stage,
        from,
        rolledBack,
      });
    }
    if (!changed) return;
    for (const user of [...this.#users]) user.onPreferred(this.#ladder.preferred!);
  }

  #rejectedLogin(candidate: Candidate, code: string): void {
    this.#rejected++;
    const { credential, stage } = candidate;
    const wasTarget = this.#ladder.target?.versionId === credential.versionId;
    this.#ladder.onRejected(candidate, this.#clock.monotonicMs());
    this.#emit({
      type: "login-rejected",
      endpoint: this.name,
      username: credential.username,
      versionId: credential.versionId,
      stage,
      code,
    });
    // The new version is not here yet, a lagging replica perhaps: ask again, but seldom.
    if (wasTarget) this.#scheduleReprobe();
  }

  #pushed(credential: Credential): void {
    this.#ladder.push(credential);
    // Whoever waits for a candidate to become valid need not wait any longer.
    this.#wake.abort();
    this.#wake = new AbortController();
    this.#probe();
  }

  #probe(): void {
    const target = this.#ladder.target;
    if (target === undefined) return;
    // One probe is enough for all: what it finds, every user hears.
    for (const user of this.#users) if (user.probe(target)) return;
  }

  #scheduleReprobe(): void {
    this.#reprobeTimer?.cancel();
    if (this.#users.size === 0) return;
    this.#reprobeTimer = this.#clock.setTimer(this.#provider.ttlMs, () => {
      this.#reprobeTimer = undefined;
      if (this.#ladder.reprobe()) this.#probe();
    });
  }

  async #sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    const wake = this.#wake.signal;
    const either = signal === undefined ? wake : AbortSignal.any([wake, signal]);
    await delay(this.#clock, delayMs, either);
  }

  #exhausted<C>(
    { budgetMs }: LoginRequest<C>,
    startedMs: number,
    attempts: readonly LoginAttempt[],
    last: { readonly error: unknown; readonly code: string } | undefined,
  ): RekeyError {
    const code = last?.code ?? "BUSY";
    const durationMs = this.#clock.monotonicMs() - startedMs;
    const rejected = attempts.length;
    this.#emit({ type: "search-failed", endpoint: this.name, durationMs, rejected, code });
    const tried = attempts.map((attempt) =>
      `${attempt.stage} ${attempt.versionId}: ${attempt.code}`
    );
    return new RekeyError(
      "LOGIN_BUDGET_EXHAUSTED",
      `No login at ${this.name} within the budget of ${budgetMs} ms; last: ${code}. ` +
        (rejected > 0
          ? `Rejected: ${tried.join(", ")}. Compare the secret with the database.`
          : `No credential was rejected. Check that server and secret store can be reached.`),
      { attempts, ...last && { cause: last.error } },
    );
  }

  #emit(event: Parameters<Observer>[0]): void {
    for (const user of this.#users) user.onEvent(event);
  }
}

function closedError(name: string): RekeyError {
  return new RekeyError("CLOSED", `The pool was closed while a login at ${name} was searched.`);
}

function refusedError(
  name: string,
  { credential, stage }: Candidate,
  code: string,
  cause: unknown,
): RekeyError {
  return new RekeyError(
    "LOGIN_REFUSED",
    `${name} refused the login of "${credential.username}" with ${code}, which no other ` +
      `credential mends. Check the database's name and the user's right to connect to it.`,
    { cause, attempts: [{ stage, versionId: credential.versionId, code }] },
  );
}
