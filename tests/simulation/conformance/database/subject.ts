/** What the facts ask of a database, simulated or real. */

import type { Failure } from "../../../../core/failure.ts";
import type { RotationTarget, TargetLogin } from "../../../../core/rotation/ports.ts";
import type {
  SimulatedUser,
  Statement,
  StatementOutcome,
} from "../../../../adapters/testing/simulation/database/mod.ts";

/** A primary or its replica. */
export type Place = "primary" | "replica";

export interface LoginRequest {
  readonly username: string;
  readonly password: string;
  readonly database?: string;
  /** How many statements may be on their way at a time. */
  readonly maxPipelined?: number;
}

export interface Client {
  execute(statement: Statement): Promise<StatementOutcome>;
  begin(): Promise<StatementOutcome>;
  commit(): Promise<StatementOutcome>;
  rollback(): Promise<StatementOutcome>;
  close(): Promise<void>;
  /** Resolves when the client has heard that the connection is over. */
  readonly ended: Promise<void>;
}

/** A primary with the database `app`, and a replica. At most twelve ordinary sessions fit in. */
export interface Database {
  createUser(
    username: string,
    password: string,
    rights?: Partial<Pick<SimulatedUser, "canLogin" | "canConnect" | "admin">>,
  ): Promise<void>;
  setPassword(username: string, password: string): Promise<void>;
  /** Rejects with an error that has a code. */
  login(place: Place, request: LoginRequest): Promise<Client>;
  /** The rotator's view. */
  readonly target: RotationTarget;
  address(place: Place): Pick<TargetLogin, "host" | "port">;
  classify(error: unknown): Failure;
  /** The sessions of a user. */
  sessions(place: Place, username: string): Promise<number>;
  /** Resolves when a statement of the user is being executed. */
  underWay(place: Place, username: string): Promise<void>;
  /** How often a statement took effect. */
  executions(id: string): Promise<number>;
  /** Ends the sessions of a user as an administrator does. */
  kill(username: string): Promise<void>;
  /** How many sessions were told 57P01 so far. */
  toldTerminated(): Promise<number>;
  /** Ends the primary without a word; nobody listens then. */
  crash(): Promise<void>;
  /** Has it come back; before it accepts logins, or after. */
  comeBack(): Promise<void>;
  /** A moment between two attempts. */
  pause(): Promise<void>;
  setLag(lagMs: number): Promise<void>;
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Resolves when the replica has applied everything. */
  caughtUp(): Promise<void>;
  /** Replays something that the statements under way on the replica stand in the way of. */
  conflict(): Promise<void>;
}

/** Something that is true of every database; `user` is a name of its own. */
export interface Fact {
  readonly name: string;
  readonly check: (database: Database, user: string) => Promise<void>;
}

/** How a login ends: `accepted`, or severity and code. */
export async function outcomeOf(
  database: Database,
  place: Place,
  request: LoginRequest,
): Promise<string> {
  try {
    const client = await database.login(place, request);
    await client.close();
    return "accepted";
  } catch (error) {
    const { severity = "", code } = error as { severity?: string; code?: string };
    return `${severity} ${code}`.trim();
  }
}

/** For so long something may be waited for, whether time is real or simulated. */
const withinMs = 60_000;

/** Waits for something that takes an unknown time. */
export async function eventually(
  database: Database,
  what: string,
  holds: () => Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!await holds()) {
    if (performance.now() > deadlineMs) throw new Error(`Never: ${what}.`);
    await database.pause();
  }
}
