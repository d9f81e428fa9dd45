/** Errors of statements that hold a verifier. */

import { isRekeyError } from "../../../core/errors.ts";

/** What the driver hangs on an error, out of sight, for whoever inspects it closely. */
const statement = new Set(["query", "parameters", "args", "types"]);

/**
 * Waits for `work`. Its error is passed on without the statement, which the driver keeps on it: a
 * password's verifier belongs in no log.
 */
export async function withoutStatement<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error) || isRekeyError(error)) throw error;
    const fields = Object.entries(error).filter(([key]) => !statement.has(key));
    throw Object.assign(new Error(error.message), Object.fromEntries(fields), { name: error.name });
  }
}
