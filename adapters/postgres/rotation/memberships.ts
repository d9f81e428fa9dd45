/** Makes one role a member of exactly the roles that another one is a member of. */

import type { DriverSql } from "../driver/port.ts";
import { quoteIdentifier } from "../identifier.ts";

/** A membership, the grants of several grantors taken together. */
interface Membership {
  /** The options in the notation of PostgreSQL 16, or of the versions before, which know one. */
  readonly options: string;
  /** The roles that granted it; empty before PostgreSQL 16, where any grant is the only one. */
  readonly grantors: readonly string[];
}

/** Grants `name` (quoted, with oid `to`) what `from` has, and revokes what it does not have. */
export async function copyMemberships(
  tx: DriverSql,
  from: number,
  to: number,
  name: string,
): Promise<void> {
  const [wanted, held] = [await membershipsOf(tx, from), await membershipsOf(tx, to)];
  for (const [role, { options, grantors }] of held) {
    if (wanted.get(role)?.options === options) continue;
    const revoke = `revoke ${quoteIdentifier(role)} from ${name}`;
    if (grantors.length === 0) await tx.unsafe(revoke);
    // Without the grantor, PostgreSQL 16 revokes only what this session's user granted, and warns.
    for (const grantor of grantors) {
      await tx.unsafe(`${revoke} granted by ${quoteIdentifier(grantor)}`);
    }
  }
  for (const [role, { options }] of wanted) {
    if (held.get(role)?.options === options) continue;
    await tx.unsafe(`grant ${quoteIdentifier(role)} to ${name}${options}`);
  }
}

async function membershipsOf(tx: DriverSql, oid: number): Promise<Map<string, Membership>> {
  // By way of JSON: before PostgreSQL 16 the columns of the last two options do not exist.
  const rows = await tx.unsafe(`
    select r.rolname, bool_or(m.admin_option) as admin,
      bool_or((to_jsonb(m) ->> 'inherit_option')::bool) as inherit,
      bool_or((to_jsonb(m) ->> 'set_option')::bool) as set,
      to_json(array_agg(g.rolname))::text as grantors
    from pg_auth_members m
    join pg_roles r on r.oid = m.roleid
    left join pg_roles g on g.oid = m.grantor
    where m.member = ${oid} group by r.rolname order by 1`);
  return new Map(rows.map((row) => {
    const { admin, inherit, set } = row;
    const old = inherit === null;
    const options = old
      ? admin === true ? " with admin option" : ""
      : ` with admin ${admin}, inherit ${inherit}, set ${set}`;
    const grantors = old ? [] : JSON.parse(String(row.grantors)) as string[];
    return [String(row.rolname), { options, grantors }];
  }));
}
