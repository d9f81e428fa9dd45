/** Which users a server has locked out. */

/** A user whom the server has locked out is left alone for so long: each try may prolong it. */
const lockedMs = 60_000;

/** The users whom one endpoint has locked out: each is left alone, whatever the version. */
export class Lockouts {
  /** Until when each is left alone. */
  readonly #users = new Map<string, number>();

  /** The server has locked this user out, or still does. */
  add(username: string, nowMs: number): void {
    this.#users.set(username, nowMs + lockedMs);
  }

  /** Whether the user is left alone. */
  has(username: string): boolean {
    return this.#users.has(username);
  }

  /** Lets those be tried again who were left alone for long enough. */
  expire(nowMs: number): void {
    for (const [username, untilMs] of this.#users) {
      if (untilMs <= nowMs) this.#users.delete(username);
    }
  }
}
