/** Quoting of names: the one place where a name becomes part of a statement. */

import { RekeyError } from "../../core/errors.ts";

/** A user at the hosts from which it may connect: what MySQL and MariaDB keep rights for. */
export interface Account {
  /** The user's name; empty for anybody. */
  readonly user: string;
  /** A host name, an address or a pattern such as `10.%`. */
  readonly host: string;
}

/** MySQL's limit for usernames, in characters. MariaDB holds 128. */
export const maxUsernameCharacters = 32;

/**
 * `name` in backticks, in which nothing is special but the backtick: right under every `sql_mode`.
 *
 * @throws {RekeyError} `INVALID_IDENTIFIER` for a NUL or half a surrogate pair
 */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0") || !name.isWellFormed()) {
    throw new RekeyError(
      "INVALID_IDENTIFIER",
      `${JSON.stringify(name)} is no MySQL name: it holds a NUL or is no valid text.`,
    );
  }
  return `\`${name.replaceAll("`", "``")}\``;
}

/** `account` as it stands in GRANT and ALTER USER. */
export function quoteAccount({ user, host }: Account): string {
  return `${quoteIdentifier(user)}@${quoteIdentifier(host)}`;
}

/** The account that CURRENT_USER() names: the last `@`, since only usernames hold more of them. */
export function parseAccount(text: string): Account {
  const at = text.lastIndexOf("@");
  return { user: text.slice(0, at), host: text.slice(at + 1) };
}
