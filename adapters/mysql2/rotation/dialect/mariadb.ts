/** MariaDB 10.4 or later. */

import { quoteIdentifier } from "../../identifier.ts";
import { hex, literal, plainStrings } from "../literal.ts";
import { nativeHash } from "../password_hash.ts";
import { type AccountState, type Dialect, requireClause } from "./dialect.ts";

const native = "mysql_native_password";

/** MariaDB's ways. */
export const mariadb: Dialect = {
  name: "MariaDB",
  // Without the second one, a GRANT to a user that was dropped meanwhile makes one without password.
  sqlMode: `${plainStrings},NO_AUTO_CREATE_USER`,
  startedAt: `select unix_timestamp() - VARIABLE_VALUE as started
    from information_schema.GLOBAL_STATUS where VARIABLE_NAME = 'UPTIME'`,

  hasSecondPasswords: () => false,

  async setOwnPassword({ query }, password) {
    // A hash: MariaDB writes passwords to its logs as they are. ALTER USER would need CREATE USER.
    await query(`set password = ${literal(nativeHash(password))}`);
  },

  async accountsOf({ query }, user) {
    const rows = await query(`
      select Host as host, convert(Priv using utf8mb4) as priv from mysql.global_priv
      where User = ${hex(user)} and json_value(Priv, '$.is_role') is null order by Host`);
    return rows.map((row): AccountState => {
      const priv = JSON.parse(String(row.priv)) as Privileges;
      return {
        account: { user, host: String(row.host) },
        plugin: pluginOf(priv),
        locked: priv.account_locked === true,
        secondPassword: false,
        clauses: clausesOf(priv),
        defaultRoles: priv.default_role ? [quoteIdentifier(priv.default_role)] : [],
      };
    });
  },

  identified(plugin, password) {
    if (plugin !== native) return undefined;
    return `identified via ${native} using ${literal(nativeHash(password))}`;
  },

  defaultRoles(grantee, roles) {
    return `set default role ${roles[0] ?? "none"} for ${grantee}`;
  },
};

/** What `mysql.global_priv` holds of an account. */
interface Privileges {
  readonly plugin?: string;
  /** More plugins; an empty entry stands for the one outside. */
  readonly auth_or?: readonly { readonly plugin?: string }[];
  readonly account_locked?: boolean;
  readonly default_role?: string;
  readonly ssl_type?: number;
  readonly ssl_cipher?: string;
  readonly x509_issuer?: string;
  readonly x509_subject?: string;
  readonly max_questions?: number;
  readonly max_updates?: number;
  readonly max_connections?: number;
  readonly max_user_connections?: number;
  readonly max_statement_time?: number;
  /** In days; 0 for never, -1 or missing for the server's own rule. */
  readonly password_lifetime?: number;
}

/** The plugin that takes a password, when there are several. Missing is the oldest way of saying so. */
function pluginOf({ plugin = native, auth_or: others = [] }: Privileges): string {
  return others.some((other) => other.plugin === native) ? native : plugin;
}

function clausesOf(priv: Privileges): string {
  const { password_lifetime: days = -1 } = priv;
  return [
    requireClause({
      kind: kinds[priv.ssl_type ?? 0] ?? "NONE",
      subject: priv.x509_subject ?? "",
      issuer: priv.x509_issuer ?? "",
      cipher: priv.ssl_cipher ?? "",
    }),
    `WITH MAX_QUERIES_PER_HOUR ${priv.max_questions ?? 0}`,
    `MAX_UPDATES_PER_HOUR ${priv.max_updates ?? 0}`,
    `MAX_CONNECTIONS_PER_HOUR ${priv.max_connections ?? 0}`,
    `MAX_USER_CONNECTIONS ${priv.max_user_connections ?? 0}`,
    `MAX_STATEMENT_TIME ${priv.max_statement_time ?? 0}`,
    `PASSWORD EXPIRE ${days < 0 ? "DEFAULT" : days === 0 ? "NEVER" : `INTERVAL ${days} DAY`}`,
  ].join(" ");
}

const kinds = ["NONE", "SSL", "X509", "SPECIFIED"] as const;
