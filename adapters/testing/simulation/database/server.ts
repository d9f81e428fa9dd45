/** A pretend database server: users, sessions, and everything that refuses a login. */

import type { Clock, Timer } from "../../../../core/clock.ts";
import { codeOf } from "../../../../core/errors.ts";
import type { Timeline } from "../timeline.ts";
import { type ServerErrorCode, SimulatedServerError, SimulatedSocketError } from "./errors.ts";
import { Lockout, type LockoutPolicy } from "./lockout.ts";
import type {
  FailedLogin,
  RestartOptions,
  ServerOptions,
  ServerState,
  ServerWorld,
  SessionLogin,
} from "./server_options.ts";
import { type SessionPeer, SimulatedSession } from "./session.ts";
import { newUser, type SimulatedUser, type UserChange, type UserSnapshot } from "./user.ts";

/**
 * One server. It knows no network: whatever is asked of it happens at once. Its rules are
 * PostgreSQL's, and it is tested against one. Two habits of MySQL and MariaDB can be added: that
 * failed logins lock a user out, and that a user may have a second password.
 */
export class SimulatedServer {
  readonly #timeline: Timeline | undefined;
  #lockout: Lockout | undefined;
  readonly #databases: readonly string[];
  readonly #sessions = new Set<SimulatedSession>();
  readonly #followers: ((change: UserChange) => void)[] = [];
  #users: UserSnapshot = new Map();
  #state: ServerState = "up";
  #startup: Timer | undefined;
  #starts = 1;
  #lastPid = 0;
  /** Its name in the timeline and in the network's weather. */
  readonly name: string;
  /** The world's time. */
  readonly clock: Clock;
  /** Of which database it is a copy. */
  readonly cluster: string;
  /** Whether a user may have a second password. */
  readonly secondPasswords: boolean;
  /** The most sessions at a time; may be set at any time. */
  maxSessions: number;
  /** How often each statement took effect here. */
  readonly ledger: Map<string, number> = new Map();
  /** The logins that were refused for the user's sake, oldest first. */
  readonly failedLogins: FailedLogin[] = [];

  /** Starts it, without any users. */
  constructor(name: string, { clock, timeline }: ServerWorld, options: ServerOptions = {}) {
    this.name = name;
    this.clock = clock;
    this.#timeline = timeline;
    this.secondPasswords = options.secondPasswords ?? false;
    this.lockOut(options.lockout);
    this.#databases = options.databases ?? ["app"];
    this.cluster = options.cluster ?? name;
    this.maxSessions = options.maxSessions ?? Infinity;
  }

  /** Whether it follows a primary, and so refuses to write. */
  get standby(): boolean {
    return false;
  }

  /** Whether it can be reached. */
  get state(): ServerState {
    return this.#state;
  }

  /** Another one after every start. */
  get instance(): string {
    return `${this.name}/${this.#starts}`;
  }

  /** The sessions that are open. */
  get sessions(): ReadonlySet<SimulatedSession> {
    return this.#sessions;
  }

  /** Makes a user, or changes the parts of one that are given. */
  setUser(username: string, user: Partial<SimulatedUser>): void {
    const changed = { ...newUser, ...this.#users.get(username), ...user };
    this.#commit(new Map(this.#users).set(username, changed), `user ${username} changed`);
  }

  /** From now on the user has these passwords and no other. Its sessions go on. */
  setPasswords(username: string, passwords: readonly string[], by = "administrator"): void {
    const user = { ...newUser, ...this.#users.get(username), passwords };
    const what = `password of ${username} changed by ${by}`;
    this.#commit(new Map(this.#users).set(username, user), what);
  }

  /** Removes a user. Its sessions go on. */
  dropUser(username: string): void {
    const users = new Map(this.#users);
    users.delete(username);
    this.#commit(users, `user ${username} dropped`);
  }

  /** All users as they are now. */
  snapshot(): UserSnapshot {
    return this.#users;
  }

  /** Restores all users: old passwords come back. */
  restore(users: UserSnapshot): void {
    this.#commit(users, "users restored");
  }

  /** Tells `follower` of every change from now on. */
  follow(follower: (change: UserChange) => void): void {
    this.#followers.push(follower);
  }

  /**
   * Logs in. PostgreSQL's order: password, right to log in, a free session, database, right to connect.
   * @throws {SimulatedServerError} with severity FATAL
   * @throws {SimulatedSocketError} `ECONNREFUSED` while nobody listens
   */
  login({ username, password, database }: SessionLogin, peer: SessionPeer): SimulatedSession {
    if (this.#state !== "up") {
      this.note(`login of ${username}: ${this.#state}`);
      throw this.#state === "down"
        ? new SimulatedSocketError("ECONNREFUSED", this.name)
        : new SimulatedServerError("57P03", "FATAL");
    }
    const user = this.#authenticated(username, password);
    if (!user.canLogin) this.#refuse(username, "28000");
    if (this.#sessions.size >= this.maxSessions) this.#refuse(username, "53300");
    if (database !== undefined && !this.#databases.includes(database)) {
      this.#refuse(username, "3D000");
    }
    if (!user.canConnect) this.#refuse(username, "42501");
    const session = new SimulatedSession(this, ++this.#lastPid, username, peer);
    this.#sessions.add(session);
    this.#timeline?.note(this.name, `login of ${username}: session ${session.pid}`);
    return session;
  }

  /** From now on users are locked out so, or not at all; whoever is locked out is not any more. */
  lockOut(policy: LockoutPolicy | undefined): void {
    this.#lockout = policy && new Lockout(policy);
  }

  /** Lets in again whoever is locked out, and counts anew, as `FLUSH PRIVILEGES` does. */
  flushPrivileges(): void {
    this.#lockout?.flush();
    this.note("privileges flushed");
  }

  /** Whether the lockout policy refuses every login of this user at the moment. */
  locksOut(username: string): boolean {
    return this.#lockout?.locks(username, this.clock.monotonicMs()) ?? false;
  }

  /** Ends sessions as an administrator does (57P01). Returns how many. */
  killSessions(filter: (session: SimulatedSession) => boolean = () => true): number {
    return this.#endSessions(filter, new SimulatedServerError("57P01", "FATAL"));
  }

  /** Ends all sessions and takes logins again after `downMs`. */
  restart(downMs: number, { startingMs = downMs / 2, crash = false }: RestartOptions = {}): void {
    this.#startup?.cancel();
    this.#enter("down");
    this.#lockout?.flush();
    this.#endSessions(() => true, crash ? undefined : new SimulatedServerError("57P01", "FATAL"));
    this.#startup = this.clock.setTimer(downMs - startingMs, () => {
      this.#enter("starting");
      this.#startup = this.clock.setTimer(startingMs, () => {
        this.#starts++;
        this.#enter("up");
      });
    });
  }

  /** How often a statement took effect here. */
  executions(id: string): number {
    return this.ledger.get(id) ?? 0;
  }

  /** A statement of a session took effect. */
  executed(session: SimulatedSession, id: string): void {
    this.ledger.set(id, this.executions(id) + 1);
    this.#timeline?.note(this.name, `session ${session.pid} executed ${id}`);
  }

  /** A command of a session failed. */
  failed(session: SimulatedSession, error: unknown): void {
    this.#timeline?.note(this.name, `session ${session.pid} failed: ${codeOf(error)}`);
  }

  /** A session is over. */
  sessionEnded(session: SimulatedSession, error: SimulatedServerError | undefined): void {
    if (!this.#sessions.delete(session)) return;
    this.#timeline?.note(
      this.name,
      `session ${session.pid} ended${error ? `: ${error.code}` : ""}`,
    );
  }

  /** Notes something in the timeline. */
  protected note(what: string): void {
    this.#timeline?.note(this.name, what);
  }

  /** Has these users from now on. */
  protected adopt(users: UserSnapshot): void {
    for (const [username, { passwords }] of users) {
      if (passwords !== this.#users.get(username)?.passwords) this.#lockout?.changed(username);
    }
    this.#users = users;
  }

  #commit(users: UserSnapshot, what: string): void {
    if (this.standby) throw new SimulatedServerError("25006", "ERROR");
    this.adopt(users);
    this.#timeline?.note(this.name, what);
    const change = { atMs: this.clock.monotonicMs(), what, users };
    for (const follower of this.#followers) follower(change);
  }

  #authenticated(username: string, password: string): SimulatedUser {
    const nowMs = this.clock.monotonicMs();
    const user = this.#users.get(username);
    // Nobody keeps a count of users that do not exist.
    if (user === undefined) this.#refuse(username, "28P01");
    const lockout = this.#lockout;
    if (lockout?.locks(username, nowMs)) this.#refuse(username, lockout.code);
    if (!user.passwords.includes(password)) {
      const code = lockout?.failed(username, nowMs) ?? "28P01";
      this.#refuse(username, code, this.locksOut(username) ? ", locked out from now on" : "");
    }
    this.#lockout?.succeeded(username);
    return user;
  }

  #refuse(username: string, code: ServerErrorCode, remark = ""): never {
    this.failedLogins.push({ atMs: this.clock.monotonicMs(), username, code });
    this.#timeline?.note(this.name, `login of ${username}: ${code}${remark}`);
    throw new SimulatedServerError(code, "FATAL");
  }

  #endSessions(
    filter: (session: SimulatedSession) => boolean,
    error: SimulatedServerError | undefined,
  ): number {
    const ended = [...this.#sessions].filter(filter);
    for (const session of ended) session.end(error);
    return ended.length;
  }

  #enter(state: ServerState): void {
    this.#state = state;
    this.#timeline?.note(this.name, state);
  }
}
