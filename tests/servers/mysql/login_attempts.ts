/** Which logins a general log tells of, and what it says about their outcome. */
import { entriesIn, type LogEntry } from "./general_log.ts";

export interface LoginAttempt {
  /** The log's entry of it. */
  readonly entry: LogEntry;
  /** As the client named it; it need not exist. */
  readonly user: string;
  /** As the client named it; null when it named none. */
  readonly database: string | null;
  /** Undefined when the log does not tell. */
  readonly outcome: "admitted" | Refusal | undefined;
}

/** Why a login was refused. */
export interface Refusal {
  /** The server's error number, such as `1045` for a wrong password. */
  readonly code: string;
  /** What the log says. */
  readonly text: string;
}

/** `app@127.0.0.1 on shop using TCP/IP`; any user's name may have an `@`, no address has a space. */
const ATTEMPT = /^(.*)@\S* on (.*) using (?:TCP\/IP|SSL\/TLS|Socket)$/s;

const REFUSALS: readonly (readonly [string, RegExp])[] = [
  ["1045", /^Access denied for user .* \(using password: (?:YES|NO)\)$/s],
  ["1044", /^Access denied for user .* to database /s],
  ["3118", /^Access denied for user .*\. Account is locked\.$/s],
  ["3955", /^Access denied for user .*\. Account is blocked for /s],
  ["4150", /^User is blocked because of too many credential errors/],
  ["1862", /^Your password has expired\./],
];

/** The refusal that a text of a log speaks of. */
export function refusalIn(text: string): Refusal | undefined {
  const code = REFUSALS.find(([, pattern]) => pattern.test(text))?.[0];
  return code === undefined ? undefined : { code, text };
}

/** The logins among the lines of a general log, changes of the user included, in their order. */
export function attemptsIn(lines: readonly string[]): LoginAttempt[] {
  const attempts: LoginAttempt[] = [];
  const latest = new Map<string, number>();
  const announced = new Map<string, Refusal>();
  for (const entry of entriesIn(lines)) {
    const connection = `${entry.run} ${entry.id}`;
    const index = latest.get(connection);
    const attempt = attemptOf(entry);
    if (attempt !== undefined) {
      // Only who was let in can change the user.
      if (index !== undefined) settle(attempts, index, "admitted");
      // MariaDB writes that a user is blocked before it writes who it is.
      latest.set(connection, attempts.push({ ...attempt, outcome: announced.get(connection) }) - 1);
      continue;
    }
    const refusal = speaksOfLogins(entry) ? refusalIn(entry.argument) : undefined;
    if (index === undefined) {
      if (refusal !== undefined) announced.set(connection, refusal);
      continue;
    }
    // Whatever else a connection does next, it was let in.
    settle(attempts, index, refusal ?? "admitted");
  }
  return attempts;
}

function settle(
  attempts: LoginAttempt[],
  index: number,
  outcome: NonNullable<LoginAttempt["outcome"]>,
): void {
  const attempt = attempts[index]!;
  attempts[index] = { ...attempt, outcome: attempt.outcome ?? outcome };
}

function attemptOf(entry: LogEntry): Omit<LoginAttempt, "outcome"> | undefined {
  if (entry.command !== "Connect" && entry.command !== "Change user") return undefined;
  const match = ATTEMPT.exec(entry.argument);
  return match === null ? undefined : { entry, user: match[1]!, database: match[2] || null };
}

/** Besides refusals of logins, a refused change of the database that came with one. */
function speaksOfLogins({ command }: LogEntry): boolean {
  return command === "Connect" || command === "Init DB";
}
