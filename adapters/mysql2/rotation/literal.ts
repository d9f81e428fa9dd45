/** Quoting of strings, for statements that take no parameters. */

import { RekeyError } from "../../../core/errors.ts";
import type { Secret } from "../../../core/secret.ts";

/**
 * `text` as a string constant. A backslash is an ordinary character in it, so it is right only in a
 * session with {@linkcode plainStrings}; there it is right in every character set that a client may
 * use, also in those (GBK, Shift JIS) in which a backslash can be half of a character. A text
 * without a backslash is right under every `sql_mode`.
 */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What the `sql_mode` of a session must hold for {@linkcode literal} to be right. */
export const plainStrings = "NO_BACKSLASH_ESCAPES";

/** `text` as a constant for expressions: the same text whatever the connection's character set. */
export function hex(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return digits.length === 0 ? "''" : `_utf8mb4 0x${digits.join("")}`;
}

/**
 * `password` as a string constant. A server compares the bytes that it was sent with those of
 * logins, and logins send UTF-8.
 *
 * @param unicode whether statements are sent in UTF-8 as well
 * @throws {RekeyError} `INVALID_OPTION` when they are not and it matters
 */
export function passwordLiteral(password: Secret, unicode: boolean): string {
  const text = password.reveal();
  if (!isAscii(text)) requireUnicode(unicode);
  return literal(text);
}

/** Refuses a connection on which names and passwords may become others. */
export function requireUnicode(unicode: boolean): void {
  if (unicode) return;
  throw new RekeyError(
    "INVALID_OPTION",
    "The factory sets a charset other than utf8mb4, in which not every name and password can be " +
      "written. Leave charset out. Nothing was changed.",
  );
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}
