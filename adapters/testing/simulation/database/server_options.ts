/** How a simulated server is set up, and what is asked of it. */

import type { Clock } from "../../../../core/clock.ts";
import type { Timeline } from "../timeline.ts";
import type { ServerErrorCode } from "./errors.ts";
import type { LockoutPolicy } from "./lockout.ts";

/** What surrounds a server. */
export interface ServerWorld {
  /** The world's time. */
  readonly clock: Clock;
  /** Where everything that happens is noted, when it is to be. */
  readonly timeline?: Timeline;
}

/** How a server is set up. */
export interface ServerOptions {
  /**
   * The most sessions at a time: one more is told 53300.
   * @default {Infinity}
   */
  readonly maxSessions?: number;
  /**
   * Locks users out after failed logins.
   * @default {nobody is locked out}
   */
  readonly lockout?: LockoutPolicy;
  /**
   * Whether a user may have a second password, as with MySQL.
   * @default {false}
   */
  readonly secondPasswords?: boolean;
  /**
   * The databases that a login may name.
   * @default {["app"]}
   */
  readonly databases?: readonly string[];
  /**
   * What it has in common with its replicas and with what is restored from its backups.
   * @default {its name}
   */
  readonly cluster?: string;
}

/** Who wants a session. */
export interface SessionLogin {
  /** The user. */
  readonly username: string;
  /** Its password, in plain text. */
  readonly password: string;
  /** The database; one that exists when it is missing. */
  readonly database?: string | undefined;
}

/** A login that was refused for the user's sake. */
export interface FailedLogin {
  /** When, on the world's monotonic clock. */
  readonly atMs: number;
  /** The user, who need not exist. */
  readonly username: string;
  /** What the client was told. */
  readonly code: ServerErrorCode;
}

/** How a server is restarted. */
export interface RestartOptions {
  /**
   * For how much of the time it says 57P03, in milliseconds; before, nobody listens.
   * @default {half of the time}
   */
  readonly startingMs?: number;
  /**
   * Whether sessions end without a word instead of with 57P01.
   * @default {false}
   */
  readonly crash?: boolean;
}

/** Whether a server takes logins, says that it is starting, or does not listen. */
export type ServerState = "up" | "starting" | "down";
