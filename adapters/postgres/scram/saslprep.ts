/**
 * SASLprep (RFC 4013, a profile of stringprep, RFC 3454) the way PostgreSQL does it, in
 * `src/common/saslprep.c` of version 10 and later.
 */

import { codePointSet } from "./code_points.ts";
import * as tables from "./unicode_3_2.ts";

const nonAsciiSpaces = codePointSet(tables.nonAsciiSpaces);
const mappedToNothing = codePointSet(tables.mappedToNothing);
const prohibited = codePointSet(tables.prohibited);
const unassigned = codePointSet(tables.unassigned);
const rightToLeft = codePointSet(tables.rightToLeft);
const leftToRight = codePointSet(tables.leftToRight);

/**
 * The password whose bytes PostgreSQL hashes: SASLprep's result, and the password as it is when
 * SASLprep refuses it or leaves nothing of it. PostgreSQL accepts every password, so that a client
 * without SASLprep, or one with a newer Unicode, can still log in.
 *
 * For databases in UTF-8. With another encoding PostgreSQL prepares the bytes of that encoding.
 */
export function preparePassword(password: string): string {
  return saslprep(password) ?? password;
}

/**
 * `text` after SASLprep, or undefined when `text` is not fit for it. Where PostgreSQL departs from
 * RFC 4013, so does this:
 *
 * - Pure ASCII is its own result, control characters included.
 * - Prohibited and unassigned code points and the direction of the text are checked before the
 *   normalisation, not after it: a character is judged, not what it normalises to.
 * - A text of which the mapping leaves nothing is not fit.
 */
export function saslprep(text: string): string | undefined {
  if (/^\p{ASCII}*$/u.test(text)) return text;

  // An array, not a string: removing what stands between two lone surrogates must not make a
  // character of them.
  const mapped: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0)!;
    // In this order: U+200B is in both tables, and PostgreSQL makes a space of it.
    if (nonAsciiSpaces.has(code)) mapped.push(0x20);
    else if (!mappedToNothing.has(code)) mapped.push(code);
  }
  if (mapped.length === 0) return undefined;
  if (mapped.some((code) => prohibited.has(code) || unassigned.has(code))) return undefined;
  if (!directionIsSound(mapped)) return undefined;

  // The runtime's Unicode version does not matter: the normal form of a character that Unicode 3.2
  // assigns is stable, and the others did not come this far.
  return mapped.map((code) => String.fromCodePoint(code)).join("").normalize("NFKC");
}

/** RFC 3454, section 6: right-to-left text holds no left-to-right, and starts and ends as such. */
function directionIsSound(codes: readonly number[]): boolean {
  if (!codes.some((code) => rightToLeft.has(code))) return true;
  return !codes.some((code) => leftToRight.has(code)) &&
    rightToLeft.has(codes[0]!) && rightToLeft.has(codes.at(-1)!);
}
