/** A server with the habits of MySQL or MariaDB, as facts about these ask it. */

import type { FailureKind } from "../../../../core/failure.ts";
import type { RotationTarget, TargetLogin } from "../../../../core/rotation/ports.ts";

/** Which habits. */
export type Flavor = "mysql" | "mariadb";

/** A server that locks a user out after three failed logins in a row. */
export interface Habitual {
  /** A user who may retain its own password, where that is possible. */
  createUser(username: string, password: string): Promise<void>;
  /** Tries to log in. */
  login(username: string, password: string): Promise<"accepted" | FailureKind>;
  /** Another one sets the password. */
  setPassword(username: string, password: string): Promise<void>;
  flushPrivileges(): Promise<void>;
  readonly target: RotationTarget;
  readonly address: Pick<TargetLogin, "host" | "port">;
}

/** Something that is true of every server with that habit; `user` is a name of its own. */
export interface Habit {
  readonly name: string;
  readonly of: readonly Flavor[];
  readonly check: (server: Habitual, user: string) => Promise<void>;
}
