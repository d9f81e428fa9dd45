/** MySQL 8 and 9. */

import { RekeyError } from "../../../../core/errors.ts";
import { errnoOf } from "../../classify.ts";
import { quoteAccount } from "../../identifier.ts";
import { hex, literal, passwordLiteral, plainStrings } from "../literal.ts";
import { cachingSha2Hash, nativeHash } from "../password_hash.ts";
import type { Row } from "../server.ts";
import { atLeast } from "../version.ts";
import { type AccountState, type Dialect, requireClause, type Requirement } from "./dialect.ts";

/** The user's policy demands the password that is to be replaced. */
const missingCurrentPassword = 3892;

/** MySQL's ways. */
export const mysql: Dialect = {
  name: "MySQL",
  sqlMode: plainStrings,
  startedAt: `select unix_timestamp() - VARIABLE_VALUE as started
    from performance_schema.global_status where VARIABLE_NAME = 'Uptime'`,

  hasSecondPasswords: (version) => atLeast(version, 8, 0, 14),

  async setOwnPassword({ query, unicode, password: old }, password) {
    // In plain text: MySQL takes a hash from nobody but an administrator. Its logs mask it.
    const change = `alter user current_user() identified by ${passwordLiteral(password, unicode)}`;
    try {
      await query(change);
    } catch (error) {
      if (errnoOf(error) !== missingCurrentPassword) throw error;
      await query(`${change} replace ${passwordLiteral(old, unicode)}`);
    }
  },

  async accountsOf({ query, version }, user) {
    const rows = await query(`
      select Host as host, plugin, ssl_type, convert(ssl_cipher using utf8mb4) as cipher,
        convert(x509_issuer using utf8mb4) as issuer,
        convert(x509_subject using utf8mb4) as subject,
        max_questions, max_updates, max_connections, max_user_connections,
        account_locked, password_lifetime, Password_reuse_history as reuse_history,
        Password_reuse_time as reuse_days, Password_require_current as require_current,
        json_extract(User_attributes, '$.additional_password') is not null as second,
        json_extract(User_attributes, '$.multi_factor_authentication') is not null as factors,
        cast(json_extract(User_attributes, '$.Password_locking.failed_login_attempts') as signed)
          as failures,
        cast(json_extract(User_attributes, '$.Password_locking.password_lock_time_days') as signed)
          as lock_days
      from mysql.user where User = ${hex(user)} order by Host`);
    const roles = await query(`
      select HOST as host, DEFAULT_ROLE_USER as role, DEFAULT_ROLE_HOST as role_host
      from mysql.default_roles where USER = ${hex(user)} order by 2, 3`);
    return rows.map((row): AccountState => {
      requireOneFactor(row, user);
      const defaultRoles = roles.filter(({ host }) => host === row.host).map(
        ({ role, role_host: host }) => quoteAccount({ user: String(role), host: String(host) }),
      );
      return {
        account: { user, host: String(row.host) },
        plugin: String(row.plugin),
        locked: row.account_locked === "Y",
        secondPassword: Number(row.second) === 1,
        clauses: clausesOf(row, version),
        defaultRoles,
      };
    });
  },

  identified(plugin, password) {
    if (plugin === "caching_sha2_password") {
      return `identified with ${plugin} as ${literal(cachingSha2Hash(password))}`;
    }
    if (plugin === "mysql_native_password") {
      return `identified with ${plugin} as ${literal(nativeHash(password))}`;
    }
    return undefined;
  },

  defaultRoles(grantee, roles) {
    return `alter user ${grantee} default role ${roles.length === 0 ? "none" : roles.join(", ")}`;
  },
};

function requireOneFactor(row: Row, user: string): void {
  if (Number(row.factors) !== 1) return;
  throw new RekeyError(
    "ROTATION_UNSUPPORTED",
    `The user "${user}" logs in with several factors, and a secret holds one password. ` +
      `Nothing was changed.`,
  );
}

function clausesOf(row: Row, version: readonly number[]): string {
  const orDefault = (value: unknown, write: (number: number) => string) =>
    value === null ? "DEFAULT" : write(Number(value));
  const requireCurrent: Record<string, string> = { Y: "", N: " OPTIONAL" };
  const lockDays = Number(row.lock_days ?? 0);
  return [
    requireClause({
      kind: kinds[String(row.ssl_type)] ?? "NONE",
      subject: String(row.subject),
      issuer: String(row.issuer),
      cipher: String(row.cipher),
    }),
    `WITH MAX_QUERIES_PER_HOUR ${Number(row.max_questions)}`,
    `MAX_UPDATES_PER_HOUR ${Number(row.max_updates)}`,
    `MAX_CONNECTIONS_PER_HOUR ${Number(row.max_connections)}`,
    `MAX_USER_CONNECTIONS ${Number(row.max_user_connections)}`,
    `PASSWORD EXPIRE ${
      orDefault(row.password_lifetime, (days) => days === 0 ? "NEVER" : `INTERVAL ${days} DAY`)
    }`,
    `PASSWORD HISTORY ${orDefault(row.reuse_history, String)}`,
    `PASSWORD REUSE INTERVAL ${orDefault(row.reuse_days, (days) => `${days} DAY`)}`,
    `PASSWORD REQUIRE CURRENT${requireCurrent[String(row.require_current)] ?? " DEFAULT"}`,
    ...atLeast(version, 8, 0, 19)
      ? [
        `FAILED_LOGIN_ATTEMPTS ${Number(row.failures ?? 0)}`,
        `PASSWORD_LOCK_TIME ${lockDays < 0 ? "UNBOUNDED" : lockDays}`,
      ]
      : [],
  ].join(" ");
}

const kinds: Readonly<Record<string, Requirement["kind"]>> = {
  ANY: "SSL",
  X509: "X509",
  SPECIFIED: "SPECIFIED",
};
