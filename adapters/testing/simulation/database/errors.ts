/** How a simulated database and the socket to it fail. */

/** `FATAL` ends the session or refuses the login, `ERROR` fails one statement. */
export type Severity = "ERROR" | "FATAL";

/** A code with which a simulated server answers: PostgreSQL's, and MySQL's for what only that has. */
export type ServerErrorCode =
  | "25006"
  | "25P02"
  | "28000"
  | "28P01"
  | "3891"
  | "3955"
  | "3D000"
  | "40001"
  | "4150"
  | "42501"
  | "42704"
  | "53300"
  | "57P01"
  | "57P03";

/** The servers' words. */
const messages: Readonly<Record<ServerErrorCode, string>> = {
  "25006": "cannot execute this statement in a read-only transaction",
  "25P02": "current transaction is aborted, commands ignored until end of transaction block",
  "28000": "role is not permitted to log in",
  "28P01": "password authentication failed",
  "3891": "incorrect current password",
  "3955": "account is blocked due to consecutive failed logins",
  "3D000": "database does not exist",
  "40001": "canceling statement due to conflict with recovery",
  "4150": "user is blocked because of too many credential errors",
  "42501": "permission denied",
  "42704": "role does not exist",
  "53300": "sorry, too many clients already",
  "57P01": "terminating connection due to administrator command",
  "57P03": "the database system is starting up",
};

/** An error that the server sent. */
export class SimulatedServerError extends Error {
  /** The name of the class. */
  override readonly name: string = "SimulatedServerError";
  /** As PostgreSQL's appendix of error codes has it, or MySQL's and MariaDB's lists of errors. */
  readonly code: ServerErrorCode;
  /** Whether the session is over. */
  readonly severity: Severity;

  /** The server's words follow from the code. */
  constructor(code: ServerErrorCode, severity: Severity) {
    super(messages[code]);
    this.code = code;
    this.severity = severity;
  }
}

/**
 * A code that comes from the client's own side:
 * - `ENOTFOUND`: nobody has this name
 * - `ECONNREFUSED`: nobody listens there
 * - `CONNECT_TIMEOUT`: no answer to the login in time
 * - `CONNECTION_CLOSED`: the server closed the connection
 * - `CONNECTION_DESTROYED`: the client did, while a statement was under way
 * - `CONNECTION_ENDED`: used after its end
 */
export type SocketErrorCode =
  | "ENOTFOUND"
  | "ECONNREFUSED"
  | "CONNECT_TIMEOUT"
  | "CONNECTION_CLOSED"
  | "CONNECTION_DESTROYED"
  | "CONNECTION_ENDED";

/** A connection that could not be made or is over; no server said anything. */
export class SimulatedSocketError extends Error {
  /** The name of the class. */
  override readonly name: string = "SimulatedSocketError";
  /** As a driver or the operating system names it. */
  readonly code: SocketErrorCode;

  /** It is about `where`: a host or a server. */
  constructor(code: SocketErrorCode, where: string) {
    super(`${code}: ${where}`);
    this.code = code;
  }
}
