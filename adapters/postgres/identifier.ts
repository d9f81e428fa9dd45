/** Quoting of names: the one place where a name becomes part of a statement. */

import { RekeyError } from "../../core/errors.ts";

/** PostgreSQL's NAMEDATALEN less the terminator. A longer name would be cut off silently. */
export const maxIdentifierBytes = 63;

/**
 * `name` as a quoted identifier.
 *
 * @throws {RekeyError} `INVALID_IDENTIFIER` for an empty name, a NUL, or more than 63 bytes
 */
export function quoteIdentifier(name: string): string {
  const bytes = new TextEncoder().encode(name).length;
  if (name === "" || name.includes("\0") || !name.isWellFormed() || bytes > maxIdentifierBytes) {
    throw new RekeyError(
      "INVALID_IDENTIFIER",
      `${JSON.stringify(name)} is no PostgreSQL name: expected 1 to ${maxIdentifierBytes} bytes ` +
        `(it has ${bytes}) without NUL.`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
