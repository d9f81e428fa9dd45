/** What a server's log says. */

/** A login that the server refused. */
export interface FailedLogin {
  /** The role as the client named it; it need not exist. */
  readonly user: string;
  /** The database as the client named it; it need not exist. */
  readonly database: string;
  /** The SQLSTATE that the client got, such as `28P01` for a wrong password. */
  readonly code: string;
  /** The whole line of the log. */
  readonly line: string;
  /** When the server refused it. */
  readonly at: Date;
}

/** `2026-01-31 12:00:00.123 UTC [4711] app@shop 28P01 FATAL:  ...`: see log_line_prefix. */
const FATAL_LINE =
  /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC \[\d+\] (.*)@(.*?) ([0-9A-Z]{5}) FATAL: {2}/;

/**
 * SQLSTATEs with which a server refuses a login, besides class 28 (invalid authorization): no such
 * database, no right to connect to it, no connections to it allowed, too many connections. A server
 * that is starting or stopping (57P03) refuses everybody; that is no failed login.
 */
const REFUSALS = new Set(["3D000", "42501", "55000", "53300"]);

/** The refused logins among the lines of a log, in their order. */
export function failedLoginsIn(lines: readonly string[]): FailedLogin[] {
  return lines.flatMap((line) => {
    const match = FATAL_LINE.exec(line);
    if (match === null) return [];
    const [, day, time, user, database, code] = match as unknown as string[];
    if (!code!.startsWith("28") && !REFUSALS.has(code!)) return [];
    const at = new Date(`${day}T${time}Z`);
    return [{ user: user!, database: database!, code: code!, line, at }];
  });
}
