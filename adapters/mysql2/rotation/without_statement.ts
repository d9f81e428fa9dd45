/** Errors of statements that hold a password or its hash. */

import { errnoOf } from "../classify.ts";

const parseError = 1064;

/** What the driver hangs on an error: the statement, and the server's message once more. */
const telling = new Set(["sql", "sqlMessage"]);

/**
 * `error` without the statement, which the driver keeps on it and a parser quotes from: neither a
 * password nor its hash belongs in a log.
 */
export function withoutStatement(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = Object.entries(error).filter(([key]) => !telling.has(key));
  const message = errnoOf(error) === parseError
    ? "The server does not understand a statement of the rotator."
    : error.message;
  return Object.assign(new Error(message), Object.fromEntries(fields), { name: error.name });
}
