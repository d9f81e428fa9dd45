/** A pretend database server: passwords, a lagging replica, and everything that refuses a login. */

import { type Clock, delay } from "../../core/clock.ts";
import type { Credential } from "../../core/credential.ts";
import type { Failure, FailureKind } from "../../core/failure.ts";

/** A pretend session. */
export interface FakeConnection {
  readonly id: number;
  readonly versionId: string;
  readonly username: string;
  open: boolean;
  /** Called when the session ends, however it does. */
  onEnd: () => void;
  /** Ends the session. */
  readonly close: () => void;
}

/** A failed login. */
export class FakeLoginError extends Error {
  readonly kind: FailureKind;
  readonly code: string;

  constructor(kind: FailureKind, code: string) {
    super(`login failed: ${code}`);
    this.kind = kind;
    this.code = code;
  }
}

/** A change of the primary's that a replica applies later. */
interface Change {
  readonly atMs: number;
  readonly username: string;
  readonly passwords: readonly string[];
}

/** One server. */
export class FakeServer {
  readonly #clock: Clock;
  readonly #valid = new Map<string, readonly string[]>();
  readonly #replicas: FakeServer[] = [];
  readonly #changes: Change[] = [];
  readonly #open = new Set<FakeConnection>();
  #lastId = 0;

  /** How long a login takes. */
  loginMs = 5;
  /** How long after its primary a replica applies a change. */
  lagMs = 0;
  /** Every login fails like this, while set. */
  refusal: { readonly kind: FailureKind; readonly code: string } | undefined;
  /** The most sessions at a time: one more is told 53300. */
  maxSessions = Infinity;
  /** Logins that never get an answer, while set. */
  silent = false;
  /** How the login was answered, in order: a version id, or `!` and a version id. */
  readonly log: string[] = [];
  /** Logins that were rejected as invalid. */
  failedLogins = 0;
  /** Logins under way, and the most at a time. */
  loginsInFlight = 0;
  mostLoginsInFlight = 0;
  /** The most sessions at a time, so far. */
  mostSessions = 0;

  constructor(clock: Clock, valid: Readonly<Record<string, string>> = {}) {
    this.#clock = clock;
    for (const [username, password] of Object.entries(valid)) this.setPassword(username, password);
  }

  /** The sessions that are open. */
  get sessions(): readonly FakeConnection[] {
    return [...this.#open];
  }

  /** `replica` follows this server. */
  followedBy(replica: FakeServer): void {
    for (const [username, passwords] of this.#valid) replica.#valid.set(username, passwords);
    this.#replicas.push(replica);
  }

  /** From now on the user has these passwords, and no other; without any, nobody is let in. */
  setPassword(username: string, ...passwords: string[]): void {
    this.#valid.set(username, passwords);
    for (const replica of this.#replicas) {
      const atMs = this.#clock.monotonicMs() + replica.lagMs;
      replica.#changes.push({ atMs, username, passwords });
    }
  }

  /** The `connect` of a login request. */
  connect = async (credential: Credential, timeoutMs: number): Promise<FakeConnection> => {
    this.mostLoginsInFlight = Math.max(this.mostLoginsInFlight, ++this.loginsInFlight);
    try {
      if (this.silent) {
        await delay(this.#clock, timeoutMs);
        throw new FakeLoginError("connection", "CONNECT_TIMEOUT");
      }
      await delay(this.#clock, Math.min(this.loginMs, timeoutMs));
      return this.#login(credential);
    } finally {
      this.loginsInFlight--;
    }
  };

  /** The `classify` of a login request. */
  classify = (error: unknown): Failure => {
    const known = error instanceof FakeLoginError;
    const { kind, code } = known ? error : { kind: "other", code: "UNKNOWN" } as const;
    return { kind, code, executed: "no" };
  };

  /** Ends a session, from either side. */
  end(connection: FakeConnection): void {
    if (!this.#open.delete(connection)) return;
    connection.open = false;
    connection.onEnd();
  }

  /** Ends every session, as a restart does. */
  killAll(): void {
    for (const connection of this.sessions) this.end(connection);
  }

  #login({ username, password, versionId }: Credential): FakeConnection {
    if (this.refusal !== undefined) {
      throw new FakeLoginError(this.refusal.kind, this.refusal.code);
    }
    if (!this.#passwords(username).includes(password.reveal())) {
      this.failedLogins++;
      this.log.push(`!${versionId}`);
      throw new FakeLoginError("auth", "28P01");
    }
    if (this.#open.size >= this.maxSessions) throw new FakeLoginError("busy", "53300");
    this.log.push(versionId);
    const id = ++this.#lastId;
    const connection: FakeConnection = {
      id,
      versionId,
      username,
      open: true,
      onEnd: () => {},
      close: () => this.end(connection),
    };
    this.#open.add(connection);
    this.mostSessions = Math.max(this.mostSessions, this.#open.size);
    return connection;
  }

  #passwords(username: string): readonly string[] {
    const nowMs = this.#clock.monotonicMs();
    while (this.#changes[0] !== undefined && this.#changes[0].atMs <= nowMs) {
      const { username, passwords } = this.#changes.shift()!;
      this.#valid.set(username, passwords);
    }
    return this.#valid.get(username) ?? [];
  }
}
