/** What a database user may do, to compare two of them. */

import type { App } from "./fixture.ts";

/** What makes two users equal: attributes, memberships, settings. */
export async function rights(app: App, user: string): Promise<unknown> {
  const sql = app.server.admin();
  const [attributes] = await sql`
    select rolcanlogin, rolsuper, rolinherit, rolcreatedb, rolcreaterole, rolreplication,
      rolbypassrls, rolconnlimit, coalesce(rolvaliduntil, 'infinity')::text as until
    from pg_roles where rolname = ${user}`;
  const memberships = await sql`
    select m.roleid::regrole::text as role, bool_or(admin_option) as admin,
      bool_or(inherit_option) as inherit, bool_or(set_option) as set
    from pg_auth_members m where member = ${user}::text::regrole group by 1 order by 1`;
  const settings = await sql`
    select coalesce(d.datname, '') as database, s.setting from pg_db_role_setting r
    left join pg_database d on d.oid = r.setdatabase, unnest(setconfig) as s(setting)
    where setrole = ${user}::text::regrole order by 1, 2`;
  return { attributes, memberships: [...memberships], settings: [...settings] };
}
