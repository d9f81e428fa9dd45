/** A simulated database whose credentials can be rotated. */

import { RekeyError } from "../../../../core/errors.ts";
import type {
  LoginOutcome,
  RotationTarget,
  ServerIdentity,
  TargetLogin,
  TargetSession,
  UsernameLimit,
} from "../../../../core/rotation/ports.ts";
import type { Secret } from "../../../../core/secret.ts";
import type { ProcessClock } from "../process_clock.ts";
import { classify } from "./classify.ts";
import type { SimulatedClients } from "./clients.ts";
import { asking, changing, type Command, working } from "./command.ts";
import type { SimulatedConnection } from "./connection.ts";
import { SimulatedServerError } from "./errors.ts";
import { discarded, replaced, retained } from "./second_password.ts";
import type { SimulatedServer } from "./server.ts";
import type { SimulatedSession } from "./session.ts";
import type { SimulatedUser } from "./user.ts";

/** Options of {@linkcode SimulatedTarget}. */
export interface SimulatedTargetOptions {
  /**
   * How long one login may take, in milliseconds.
   * @default {10000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * How long the change of a password takes on the server, in milliseconds.
   * @default {1}
   */
  readonly changeMs?: number;
  /**
   * Who it is, for the timeline.
   * @default {"rotator"}
   */
  readonly name?: string;
  /** Called when a password has changed on the server, before anybody can hear of it. */
  readonly onPasswordChange?: (server: SimulatedServer, username: string, by: string) => void;
}

/** The rotator's view of simulated servers; its process may be frozen and killed. */
export class SimulatedTarget implements RotationTarget {
  readonly #clients: SimulatedClients;
  readonly #process: ProcessClock;
  readonly #options: SimulatedTargetOptions;
  /** PostgreSQL's. */
  readonly engines: readonly string[] = ["postgres", "aurora-postgresql"];
  /** PostgreSQL's. */
  readonly usernameLimit: UsernameLimit = { max: 63, unit: "bytes" };
  /** A simulated server may have any policy. */
  readonly countsRefusals = true;

  /** Logs in as `process`, which is the rotator's. */
  constructor(
    clients: SimulatedClients,
    process: ProcessClock,
    options: SimulatedTargetOptions = {},
  ) {
    this.#clients = clients;
    this.#process = process;
    this.#options = options;
  }

  /**
   * Logs in. A refused credential is an outcome; everything else is thrown.
   * @throws {RekeyError} `LOGIN_REFUSED` when the user is locked out
   */
  async login({ host, port, username, password }: TargetLogin): Promise<LoginOutcome> {
    const timeoutMs = this.#options.connectTimeoutMs ?? 10_000;
    const request = { host, port, username, password, timeoutMs };
    try {
      const connection = await this.#clients.connect(this.#process, request);
      const kind = connection.server.secondPasswords ? DualSession : Session;
      return { accepted: true, session: new kind(connection, this.#options) };
    } catch (error) {
      const { kind, code } = classify(error);
      if (kind === "auth") return { accepted: false, code };
      if (kind === "locked") throw locked(username, host, code, error);
      throw error;
    }
  }
}

class Session implements TargetSession {
  readonly #connection: SimulatedConnection;
  readonly #options: SimulatedTargetOptions;

  constructor(connection: SimulatedConnection, options: SimulatedTargetOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  ping(): Promise<void> {
    return this.#connection.ping();
  }

  async setOwnPassword(username: string, password: Secret): Promise<void> {
    await this.change(username, (passwords, { secondPasswords }) => {
      // Also what another one had set beside it, where a user has but one.
      return secondPasswords ? replaced(passwords, password.reveal()) : [password.reveal()];
    });
  }

  async provisionTwin(username: string, twin: string, password: Secret): Promise<void> {
    await this.#ask(working(this.#options.changeMs ?? 1, (session) => {
      const { server } = session;
      const original = shareable(session, username, twin);
      // What reads is done on a replica as well; only then PostgreSQL refuses.
      if (server.standby) throw new SimulatedServerError("25006", "ERROR");
      if (!isAdmin(session)) throw new SimulatedServerError("42501", "ERROR");
      server.setUser(twin, { ...original, passwords: [password.reveal()], canLogin: true });
      this.#changed(server, twin);
    }));
  }

  async identify(): Promise<ServerIdentity> {
    return await this.#ask(asking(({ server: { cluster, instance, standby } }) => {
      return { cluster, instance, standby };
    })) as ServerIdentity;
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  /** Gives a user other passwords, made of those that it has. */
  protected async change(
    username: string,
    to: (passwords: readonly string[], server: SimulatedServer) => readonly string[],
  ): Promise<void> {
    await this.#ask(changing(this.#options.changeMs ?? 1, (session) => {
      const { server } = session;
      const user = server.snapshot().get(username);
      if (user === undefined) throw new SimulatedServerError("42704", "ERROR");
      if (session.username !== username && !isAdmin(session)) {
        throw new SimulatedServerError("42501", "ERROR");
      }
      server.setPasswords(username, to(user.passwords, server), this.#by);
      this.#changed(server, username);
    }));
  }

  #changed(server: SimulatedServer, username: string): void {
    this.#options.onPasswordChange?.(server, username, this.#by);
  }

  get #by(): string {
    return this.#options.name ?? "rotator";
  }

  async #ask(command: Command): Promise<unknown> {
    const outcome = await this.#connection.request(command);
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  }
}

/** Thrown and not an outcome, so that no step goes on to the next credential. */
function locked(username: string, host: string, code: string, cause: unknown): RekeyError {
  return new RekeyError(
    "LOGIN_REFUSED",
    `The server ${host} has locked the user "${username}" out (${code}). Unlock it, or let the time ` +
      `pass, and repeat the step.`,
    { cause },
  );
}

/** Of a server on which a user may have a second password. */
class DualSession extends Session {
  async retainOwnPassword(username: string, current: Secret, password: Secret): Promise<void> {
    await this.change(username, (passwords) => {
      requirePrimary(passwords, current);
      return retained(passwords, password.reveal());
    });
  }

  async discardOldPassword(username: string, current: Secret): Promise<void> {
    await this.change(username, (passwords) => {
      requirePrimary(passwords, current);
      return discarded(passwords);
    });
  }
}

/** As MySQL's `REPLACE` has it. A wrong one is no failed login. */
function requirePrimary([primary]: readonly string[], current: Secret): void {
  if (primary !== current.reveal()) throw new SimulatedServerError("3891", "ERROR");
}

/** The user of which `twin` can be made. */
function shareable({ server }: SimulatedSession, username: string, twin: string): SimulatedUser {
  const users = server.snapshot();
  const original = users.get(username);
  if (original === undefined) {
    throw new RekeyError(
      "ROTATION_MISMATCH",
      `The user "${username}" of the current version does not exist in this database server.`,
    );
  }
  for (const name of [username, twin]) {
    if (users.get(name)?.admin !== true) continue;
    throw new RekeyError(
      "ROTATION_MISMATCH",
      `The user "${name}" is an administrator. An app's user must not be one.`,
    );
  }
  return original;
}

function isAdmin({ server, username }: SimulatedSession): boolean {
  return server.snapshot().get(username)?.admin === true;
}
