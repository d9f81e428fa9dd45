/** Who was let in and who was refused. */
import { pollUntil } from "../common/poll.ts";
import { dateOf } from "./general_log.ts";
import { attemptsIn, type LoginAttempt, refusalIn } from "./login_attempts.ts";

/** How long a login that is under way is waited for; a client may never finish it. */
const PATIENCE_MS = 5_000;

/** So often, and for so long, must a connection be gone without an entry to count as refused. */
const LOOKS = 5;
const ABSENT_FOR_MS = 500;

/** A login, or a change of a connection's user. */
export interface Login {
  /** The user as the client named it; it need not exist. */
  readonly user: string;
  /** The database as the client named it, null when it named none; it need not exist. */
  readonly database: string | null;
  /** When it began; MariaDB tells it to the second. */
  readonly at: Date;
}

/** A login that the server refused. */
export interface FailedLogin extends Login {
  /**
   * The error number that the client got, such as `1045` for a wrong password; undefined when the
   * server logs no reason: an unknown database, a limit that was reached, a plain connection where
   * TLS is required (MySQL), a locked account (MariaDB).
   */
  readonly code: string | undefined;
  /** The server's text about the refusal, or about the attempt when it logs no reason. */
  readonly line: string;
}

/** What a server tells about itself. */
export interface LoginEvidence {
  generalLog(): Promise<string[]>;
  errorLog(): Promise<string[]>;
  /** The connections that there are now, by number; undefined while the server is down. */
  connections(): Promise<Map<number, "logging in" | "logged in"> | undefined>;
}

/**
 * The logins of one server. Not every refusal is logged, but everybody who is let in leaves an
 * entry, if only that of `init_connect`; so a connection that is gone without one was refused.
 * `init_connect` is not run for users with SUPER or CONNECTION_ADMIN: one that ends without a
 * statement and without saying goodbye counts as refused. A login that is under way is neither, and
 * so is what a killed server has left untold, unless it was asked about before.
 */
export class LoginHistory {
  readonly #evidence: LoginEvidence;
  /** What connections told that the log does not, by the place of the attempt in the log. */
  readonly #untold = new Map<number, "admitted" | "refused">();

  constructor(evidence: LoginEvidence) {
    this.#evidence = evidence;
  }

  /** The logins that began before this call. */
  async read(): Promise<{ readonly successful: Login[]; readonly failed: FailedLogin[] }> {
    const attempts = await this.#settledAttempts();
    const untold = attempts.some(({ outcome }) => outcome === undefined);
    const errorLog = untold ? await this.#evidence.errorLog() : [];
    const successful: Login[] = [];
    const failed: FailedLogin[] = [];
    attempts.forEach((attempt, index) => {
      const { user, database, entry } = attempt;
      const login = { user, database, at: dateOf(entry) };
      const outcome = attempt.outcome ?? refusalInErrorLog(attempt, attempts, errorLog) ??
        this.#untold.get(index);
      if (outcome === "admitted") successful.push(login);
      else if (outcome === "refused") {
        failed.push({ ...login, code: undefined, line: entry.argument });
      } else if (outcome !== undefined) {
        failed.push({ ...login, code: outcome.code, line: outcome.text });
      }
    });
    return { successful, failed };
  }

  async #settledAttempts(): Promise<LoginAttempt[]> {
    const began = attemptsIn(await this.#evidence.generalLog()).length;
    const givenUpAt = performance.now() + PATIENCE_MS;
    let attempts: LoginAttempt[] = [];
    const absent = new Map<number, { looks: number; readonly sinceMs: number }>();
    await pollUntil(
      2 * PATIENCE_MS,
      async () => {
        // In this order: what a connection that is gone has left is in the log by now.
        const connections = await this.#evidence.connections();
        const all = attemptsIn(await this.#evidence.generalLog());
        attempts = all.slice(0, began);
        if (connections === undefined) return true;
        // Whoever asked for the connections has logged in to the run that they are of.
        const run = all.at(-1)?.entry.run;
        return attempts.every(({ outcome, entry }, index) => {
          if (outcome !== undefined || entry.run !== run || this.#untold.has(index)) return true;
          const state = connections.get(entry.id);
          if (state === "logging in") return performance.now() > givenUpAt;
          // MySQL hides one whose client has left from the list before it has written the entry.
          const absence = absent.get(index) ?? { looks: 0, sinceMs: performance.now() };
          absent.set(index, absence);
          const isShort = ++absence.looks < LOOKS ||
            performance.now() < absence.sinceMs + ABSENT_FOR_MS;
          if (state === undefined && isShort) return false;
          // A change of the user that is refused is always logged.
          const admitted = state === "logged in" || entry.command === "Change user";
          this.#untold.set(index, admitted ? "admitted" : "refused");
          return true;
        });
      },
      () => `The server has not answered within ${2 * PATIENCE_MS} ms.`,
    );
    return attempts;
  }
}

/** MySQL: `2026-01-31T12:00:00.123456Z 20 [Note] [MY-010927] [Server] Access denied ...`. */
const ERROR_LINE = /^(\S+Z) (\d+) \[\w+\] \[MY-\d+\] \[Server\] (.*)$/;

/** The refusal of a connection that the general log leaves out. */
function refusalInErrorLog(
  { entry }: LoginAttempt,
  attempts: readonly LoginAttempt[],
  errorLog: readonly string[],
): LoginAttempt["outcome"] {
  // After a restart another connection has the number.
  const next = attempts.find((other) =>
    other.entry.id === entry.id && other.entry.time > entry.time
  );
  for (const line of errorLog) {
    const [, time, id, text] = ERROR_LINE.exec(line) ?? [];
    if (Number(id) !== entry.id || time! < entry.time || time! > (next?.entry.time ?? "9")) {
      continue;
    }
    const refusal = refusalIn(text!);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
