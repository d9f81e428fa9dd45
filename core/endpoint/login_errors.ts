/** The errors with which the search for a login ends. */

import { type LoginAttempt, RekeyError } from "../errors.ts";
import type { Candidate } from "./ladder.ts";

/** What went wrong last. */
export interface LastFailure {
  readonly error: unknown;
  readonly code: string;
}

/** The pool ended. */
export function closedError(endpoint: string): RekeyError {
  return new RekeyError("CLOSED", `The pool was closed while a login at ${endpoint} was searched.`);
}

/** No other credential would do better. */
export function refusedError(
  endpoint: string,
  { credential, stage }: Candidate,
  { error, code }: LastFailure,
): RekeyError {
  return new RekeyError(
    "LOGIN_REFUSED",
    `${endpoint} refused the login of "${credential.username}" with ${code}, which no other ` +
      `credential mends. Check the database's name and the user's right to connect to it.`,
    { cause: error, attempts: [{ stage, versionId: credential.versionId, code }] },
  );
}

/** The budget is spent. */
export function exhaustedError(
  endpoint: string,
  budgetMs: number,
  attempts: readonly LoginAttempt[],
  last: LastFailure | undefined,
): RekeyError {
  const tried = attempts.map(({ stage, versionId, code }) => `${stage} ${versionId}: ${code}`);
  const code = last?.code ?? attempts.at(-1)?.code ?? "BUSY";
  return new RekeyError(
    "LOGIN_BUDGET_EXHAUSTED",
    `No login at ${endpoint} within the budget of ${budgetMs} ms; last: ${code}. ` +
      (attempts.length > 0
        ? `Rejected: ${tried.join(", ")}. Compare the secret with the database.`
        : `No credential was rejected. Check that server and secret store can be reached.`),
    { attempts, ...last && { cause: last.error } },
  );
}
