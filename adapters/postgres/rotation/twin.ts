/** Makes one role the equal of another, in the caller's transaction. */

import { RekeyError } from "../../../core/errors.ts";
import type { DriverSql } from "../driver/port.ts";
import { quoteIdentifier } from "../identifier.ts";
import { exclusive } from "./exclusive.ts";
import { literal } from "./literal.ts";
import { copyMemberships } from "./memberships.ts";
import { copySettings } from "./role_settings.ts";

interface Role {
  readonly oid: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Creates `twin` with the attributes, memberships and settings of `username`, or brings an existing
 * twin in line with it, and gives it the password behind `verifier`.
 *
 * @throws {RekeyError} `ROTATION_MISMATCH` when `username` or `twin` holds rights that cannot be shared
 */
export async function provisionTwin(
  tx: DriverSql,
  username: string,
  twin: string,
  verifier: string,
): Promise<void> {
  const name = quoteIdentifier(twin);
  await tx.unsafe("set local synchronous_commit = on");
  // The admin's rights: nothing that others put into a schema may be called by a name of ours.
  await tx.unsafe("set local search_path = pg_catalog, pg_temp");
  // Two invocations of the same step would both see no twin, and one would fail on its CREATE.
  await tx.unsafe(exclusive("twins"));
  const original = await readRole(tx, username);
  if (original === undefined) {
    throw new RekeyError(
      "ROTATION_MISMATCH",
      `The user "${username}" of the current version does not exist in this database server.`,
    );
  }
  await requireShareable(tx, username, original);

  let existing = await readRole(tx, twin);
  if (existing === undefined) {
    await tx.unsafe(`create role ${name}`);
    existing = (await readRole(tx, twin))!;
  } else {
    // Somebody else's user of that name, perhaps; and when its turn comes it could not be shared.
    await requireShareable(tx, twin, existing);
  }
  await copyMemberships(tx, original.oid, existing.oid, name);
  // Only what differs: naming an attribute needs rights that the admin may lack.
  const changed = Object.entries(original.attributes)
    .filter(([key, value]) => existing.attributes[key] !== value)
    .map(([, value]) => value);
  await tx.unsafe(`alter role ${name} login ${changed.join(" ")} password '${verifier}'`);
  await copySettings(tx, original.oid, existing.oid, name);
}

async function readRole(tx: DriverSql, name: string): Promise<Role | undefined> {
  const [row] = await tx.unsafe(`
    select oid::int8::text as oid, rolsuper, rolinherit, rolcreatedb, rolcreaterole,
      rolreplication, rolbypassrls, rolconnlimit,
      coalesce(rolvaliduntil, 'infinity')::text as valid_until
    from pg_roles where rolname = ${literal(name)}`);
  if (row === undefined) return undefined;
  const flag = (column: string, word: string) => (row[column] === true ? word : `no${word}`);
  return {
    oid: Number(row.oid),
    attributes: {
      super: flag("rolsuper", "superuser"),
      inherit: flag("rolinherit", "inherit"),
      createdb: flag("rolcreatedb", "createdb"),
      createrole: flag("rolcreaterole", "createrole"),
      replication: flag("rolreplication", "replication"),
      bypassrls: flag("rolbypassrls", "bypassrls"),
      limit: `connection limit ${Number(row.rolconnlimit)}`,
      expiry: `valid until ${literal(String(row.valid_until))}`,
    },
  };
}

/** What `username` owns or was granted itself would stay behind with it when the twin takes over. */
async function requireShareable(tx: DriverSql, username: string, role: Role): Promise<void> {
  if (role.attributes.super === "superuser") {
    throw new RekeyError(
      "ROTATION_MISMATCH",
      `The user "${username}" is a superuser. An app's user must not be one: rotation makes no twin of it.`,
    );
  }
  const [row] = await tx.unsafe(`
    select count(*)::int as own from pg_shdepend
    where refclassid = 'pg_authid'::regclass and refobjid = ${role.oid} and deptype in ('o', 'a', 'r')`);
  const own = Number(row?.own);
  if (own === 0) return;
  throw new RekeyError(
    "ROTATION_MISMATCH",
    `The user "${username}" owns objects, holds grants or is named by policies (${own} entries ` +
      `in pg_shdepend), which its twin would not share. Move them to an owner role that both are ` +
      `members of: bootstrap() sets one up; REASSIGN OWNED BY moves what exists.`,
  );
}
