/** Gives one role the settings (ALTER ROLE ... SET) of another one. */

import type { DriverSql } from "../driver/port.ts";
import { quoteIdentifier } from "../identifier.ts";
import { literal } from "./literal.ts";

interface Setting {
  /** The database it holds in; null for all. */
  readonly database: string | null;
  readonly variable: string;
  readonly value: string;
}

/**
 * The settings whose value is kept as a list of quoted names. An extension cannot add to them, and
 * pg_dump carries the same list (`variable_is_guc_list_quote`).
 */
const lists = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);

/** Gives `name` (quoted, with oid `to`) the settings of the role `from`, and no others. */
export async function copySettings(
  tx: DriverSql,
  from: number,
  to: number,
  name: string,
): Promise<void> {
  const [wanted, held] = [await settingsOf(tx, from), await settingsOf(tx, to)];
  if (JSON.stringify(wanted) === JSON.stringify(held)) return;
  for (const database of new Set(held.map((setting) => setting.database))) {
    await tx.unsafe(`alter role ${name} ${scope(database)}reset all`);
  }
  for (const { database, variable, value } of wanted) {
    // Written out, never taken on in this session: the app chose these values, and with its
    // search_path the admin would call the app's functions.
    const values = lists.has(variable.toLowerCase()) ? elements(value) : [value];
    const names = variable.split(".").map(quoteIdentifier).join(".");
    await tx.unsafe(
      `alter role ${name} ${scope(database)}set ${names} to ${values.map(literal).join(", ")}`,
    );
  }
}

async function settingsOf(tx: DriverSql, oid: number): Promise<Setting[]> {
  const rows = await tx.unsafe(`
    select d.datname, split_part(s.setting, '=', 1) as key,
      substr(s.setting, strpos(s.setting, '=') + 1) as value
    from pg_db_role_setting r
    left join pg_database d on d.oid = r.setdatabase
    cross join unnest(r.setconfig) as s(setting)
    where r.setrole = ${oid} order by 1 nulls first, 2`);
  return rows.map((row) => ({
    database: row.datname === null ? null : String(row.datname),
    variable: String(row.key),
    value: String(row.value),
  }));
}

function scope(database: string | null): string {
  return database === null ? "" : `in database ${quoteIdentifier(database)} `;
}

/** The names of a list as the server keeps it: `"$user", public`. */
function elements(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g)]
    .map(([bare, quoted]) => quoted === undefined ? bare : quoted.replaceAll('""', '"'));
}
