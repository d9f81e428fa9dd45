/** A logged-in connection of the rotator, which knows whose server it is. */

import type { Secret } from "../../../core/secret.ts";
import type { OpenedConnection } from "../driver/open.ts";
import type { CoreConnection } from "../driver/port.ts";
import { type Account, parseAccount } from "../identifier.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { mariadb } from "./dialect/mariadb.ts";
import { mysql } from "./dialect/mysql.ts";
import { parseVersion } from "./version.ts";
import { withoutStatement } from "./without_statement.ts";

/** A row by its columns. Every value is a text, or null. */
export type Row = Readonly<Record<string, unknown>>;

/** What the parts of the rotator ask of a connection. */
export interface Server {
  /** MySQL's or MariaDB's ways. */
  readonly dialect: Dialect;
  /** The server's version: `[8, 0, 36]`. */
  readonly version: readonly number[];
  /** The account that the session logged in to. */
  readonly account: Account;
  /** The password that the session logged in with. */
  readonly password: Secret;
  /** Whether statements reach the server in UTF-8. */
  readonly unicode: boolean;
  /** Executes a statement. Its error does not hold the statement. */
  query(sql: string): Promise<readonly Row[]>;
}

/** Finds out what is at the other end, and prepares the session. */
export async function serverOf(
  { core }: Pick<OpenedConnection, "core">,
  password: Secret,
): Promise<Server> {
  const query = (sql: string) => execute(core, sql);
  const [row] = await query(`
    select version() as version, current_user() as account, @@character_set_client as charset`);
  const version = String(row?.version);
  const dialect = /mariadb/i.test(version) ? mariadb : mysql;
  // Nothing that the server's or the user's own options say may change how texts are read and shown.
  await query(`set session sql_mode = '${dialect.sqlMode}', sql_quote_show_create = 1`);
  return {
    dialect,
    version: parseVersion(version),
    account: parseAccount(String(row?.account)),
    password,
    unicode: String(row?.charset).startsWith("utf8"),
    query,
  };
}

function execute(core: CoreConnection, sql: string): Promise<readonly Row[]> {
  // Whatever the user's factory chose for the app's statements. Without an array of values, the
  // driver would look for named placeholders in passwords.
  const statement = { sql, values: [], rowsAsArray: false, nestTables: false, typeCast: text };
  return new Promise((resolve, reject) => {
    core.query(statement, (error: unknown, rows: unknown) => {
      if (error) reject(withoutStatement(error));
      else resolve(Array.isArray(rows) ? rows : []);
    });
  });
}

interface Field {
  string(): string | null;
}

function text(field: Field): string | null {
  return field.string();
}
