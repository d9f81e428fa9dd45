/** A server that locks a user out after too many failed logins. */

/** When a user is locked out, and for how long. */
export interface LockoutPolicy {
  /** After this many failed logins in a row. */
  readonly afterFailures: number;
  /** Every login is refused for so long, in milliseconds. */
  readonly lockMs: number;
}

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

  /** Whether `username` is locked out. */
  locks(username: string, nowMs: number): boolean {
    return nowMs < (this.#counts.get(username)?.lockedUntilMs ?? -Infinity);
  }

  /** Notes a failed login. Returns whether it was the one too many. */
  failed(username: string, nowMs: number): boolean {
    const count = this.#counts.get(username) ?? { failures: 0, lockedUntilMs: -Infinity };
    this.#counts.set(username, count);
    if (++count.failures < this.#policy.afterFailures) return false;
    count.failures = 0;
    count.lockedUntilMs = nowMs + this.#policy.lockMs;
    return true;
  }

  /** Notes a login that succeeded. */
  succeeded(username: string): void {
    this.#counts.delete(username);
  }
}
