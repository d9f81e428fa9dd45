/** Reads SHOW GRANTS into a structure. */

import { type Account, quoteAccount, quoteIdentifier } from "../../identifier.ts";
import { grantOption, type Grants, noGrants } from "./grants.ts";
import { NotUnderstood, TokenReader } from "./tokens.ts";

/** What stands before the name of an object that is neither a database nor a table. */
const kinds = ["PROCEDURE", "FUNCTION", "PACKAGE", "LIBRARY"];

/**
 * The grants in `lines`, which SHOW GRANTS printed for `account`. Proxies are left out: MariaDB does
 * not quote their names in a way that can be read back.
 *
 * @throws {NotUnderstood} for a line that is written otherwise than MySQL and MariaDB do
 */
export function parseGrants(lines: readonly string[], account: Account): Grants {
  const grants = noGrants();
  for (const line of lines) parseLine(new TokenReader(line), account, grants);
  return grants;
}

function parseLine(reader: TokenReader, account: Account, grants: Grants): void {
  // SET DEFAULT ROLE, of MariaDB, is read from the account itself.
  if (reader.sees("SET")) return;
  const revoked = reader.takes("REVOKE");
  if (!revoked) reader.expect("GRANT");
  if (reader.sees("PROXY")) return;
  if (reader.next?.quoted) return parseRoles(reader, account, grants);

  const privileges = parsePrivileges(reader);
  const object = parseObject(reader);
  reader.expect(revoked ? "FROM" : "TO");
  if (!isFor(reader, account)) return;
  if (revoked) return add(grants.restrictions, object, privileges);
  const passedOn = reader.ahead("GRANT", grantOption.split(" ")[1]!);
  // Dynamic privileges stand in lines of their own, and each is passed on by itself.
  if (privileges.length > 0 && privileges.every(isDynamic)) {
    for (const privilege of privileges) grants.dynamic.set(privilege, passedOn);
    return;
  }
  add(grants.rights, object, passedOn ? [...privileges, grantOption] : privileges);
}

/** No static privilege has an underscore in its name, and every dynamic one has. */
function isDynamic(privilege: string): boolean {
  return /^\w+_\w+$/.test(privilege);
}

function add(to: Map<string, Set<string>>, object: string, privileges: readonly string[]): void {
  if (privileges.length === 0) return;
  to.set(object, new Set([...to.get(object) ?? [], ...privileges]));
}

/** `SELECT, UPDATE (a, b)` as `SELECT`, ``UPDATE (`a`)``, ``UPDATE (`b`)``; nothing for `USAGE`. */
function parsePrivileges(reader: TokenReader): string[] {
  const privileges: string[] = [];
  do {
    const words: string[] = [];
    while (!reader.sees(",") && !reader.sees("(") && !reader.sees("ON")) {
      words.push(reader.take().text);
    }
    const privilege = words.join(" ");
    if (!reader.takes("(")) {
      if (privilege !== "USAGE") privileges.push(privilege);
      continue;
    }
    do privileges.push(`${privilege} (${quoteIdentifier(reader.name())})`); while (
      reader.takes(",")
    );
    reader.expect(")");
  } while (reader.takes(","));
  return privileges;
}

function parseObject(reader: TokenReader): string {
  reader.expect("ON");
  reader.takes("TABLE");
  const kind = kinds.find((word) => reader.takes(word));
  const prefix = kind === undefined ? "" : reader.takes("BODY") ? `${kind} BODY ` : `${kind} `;
  const first = part(reader);
  reader.expect(".");
  return `${prefix}${first}.${part(reader)}`;
}

function part(reader: TokenReader): string {
  return reader.takes("*") ? "*" : quoteIdentifier(reader.name());
}

function parseRoles(reader: TokenReader, account: Account, grants: Grants): void {
  const roles: string[] = [];
  do {
    const user = reader.name();
    // A role of MariaDB has no host.
    roles.push(
      reader.takes("@") ? quoteAccount({ user, host: reader.name() }) : quoteIdentifier(user),
    );
  } while (reader.takes(","));
  reader.expect("TO");
  if (!isFor(reader, account)) return;
  const passedOn = reader.ahead("WITH", "ADMIN", "OPTION");
  for (const role of roles) grants.roles.set(role, passedOn);
}

/** Whether the line is about the account itself, not about one of its roles. */
function isFor(reader: TokenReader, { user, host }: Account): boolean {
  const name = reader.name();
  if (!reader.takes("@")) return false;
  return reader.name() === host && name === user;
}

export { NotUnderstood };
