/** A server that locks a user out after too many failed logins. */

import type { ServerErrorCode } from "./errors.ts";

/** When a user is locked out, and for how long. A login that succeeds begins the count anew. */
export type LockoutPolicy =
  | {
    /**
     * As an account of MySQL with `FAILED_LOGIN_ATTEMPTS` and `PASSWORD_LOCK_TIME`: the failure too
     * many and all logins after it are told 3955, also with the right password, for `lockMs`.
     */
    readonly kind: "mysql";
    /** After this many failed logins in a row. */
    readonly afterFailures: number;
    /** Every login is refused for so long, in milliseconds. What is tried meanwhile prolongs nothing. */
    readonly lockMs: number;
  }
  | {
    /**
     * As MariaDB with `max_password_errors`: all logins after so many failures are told 4150, until
     * somebody flushes privileges or changes the user's password.
     */
    readonly kind: "mariadb";
    /** After this many failed logins in a row. */
    readonly afterFailures: number;
  };

/** A user is told this instead of what is wrong with its password. */
const codes: Readonly<Record<LockoutPolicy["kind"], ServerErrorCode>> = {
  mysql: "3955",
  mariadb: "4150",
};

interface Count {
  failures: number;
  lockedUntilMs: number;
}

/** Counts the failed logins of each user. */
export class Lockout {
  readonly #policy: LockoutPolicy;
  readonly #counts = new Map<string, Count>();

  constructor(policy: LockoutPolicy) {
    this.#policy = policy;
  }

  /** What every login of a user is told who is locked out. */
  get code(): ServerErrorCode {
    return codes[this.#policy.kind];
  }

  /** Whether `username` is locked out. */
  locks(username: string, nowMs: number): boolean {
    return nowMs < (this.#counts.get(username)?.lockedUntilMs ?? -Infinity);
  }

  /** Notes a failed login. Returns the code that its client is told because of it, if any. */
  failed(username: string, nowMs: number): ServerErrorCode | undefined {
    const policy = this.#policy;
    const count = this.#counts.get(username) ?? { failures: 0, lockedUntilMs: -Infinity };
    this.#counts.set(username, count);
    if (++count.failures < policy.afterFailures) return undefined;
    count.failures = 0;
    count.lockedUntilMs = policy.kind === "mysql" ? nowMs + policy.lockMs : Infinity;
    // MariaDB looks at the count before it looks at the password: the failure itself is an ordinary one.
    return policy.kind === "mysql" ? this.code : undefined;
  }

  /** Notes a login that succeeded. */
  succeeded(username: string): void {
    this.#counts.delete(username);
  }

  /** Notes that a user's password was changed: MariaDB counts from the beginning then. */
  changed(username: string): void {
    if (this.#policy.kind === "mariadb") this.#counts.delete(username);
  }

  /** Forgets everything, as after a restart or `FLUSH PRIVILEGES`. */
  flush(): void {
    this.#counts.clear();
  }
}
