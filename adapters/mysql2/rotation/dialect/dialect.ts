/** What differs between MySQL and MariaDB for the rotator. */

import type { Secret } from "../../../../core/secret.ts";
import type { Account } from "../../identifier.ts";
import { literal } from "../literal.ts";
import type { Server } from "../server.ts";

/** An account as the server keeps it, without its grants. */
export interface AccountState {
  readonly account: Account;
  /** How it authenticates. */
  readonly plugin: string;
  /** Whether ACCOUNT LOCK holds. */
  readonly locked: boolean;
  /** Whether a second password logs in. */
  readonly secondPassword: boolean;
  /** TLS requirement, resource limits and password policies, as ALTER USER takes them. */
  readonly clauses: string;
  /** The roles that are active from login on, quoted. */
  readonly defaultRoles: readonly string[];
}

/** One of the two. */
export interface Dialect {
  /** The name in messages. */
  readonly name: "MySQL" | "MariaDB";
  /** The `sql_mode` of the rotator's sessions. */
  readonly sqlMode: string;
  /** The query for the second in which the server was started. */
  readonly startedAt: string;
  /** Whether a user may have two passwords. */
  hasSecondPasswords(version: readonly number[]): boolean;
  /** Sets the password of the session's account. A second one stays. */
  setOwnPassword(server: Server, password: Secret): Promise<void>;
  /** The accounts of a user. */
  accountsOf(server: Server, user: string): Promise<AccountState[]>;
  /**
   * The part of CREATE USER and ALTER USER that sets a password, as a hash; undefined for a plugin
   * for which none can be made here.
   */
  identified(plugin: string, password: Secret): string | undefined;
  /** The statement that makes `roles`, quoted, the ones that are active from login on. */
  defaultRoles(grantee: string, roles: readonly string[]): string;
}

/** What a connection must prove besides the password. */
export interface Requirement {
  readonly kind: "NONE" | "SSL" | "X509" | "SPECIFIED";
  readonly subject: string;
  readonly issuer: string;
  readonly cipher: string;
}

/** The REQUIRE clause. */
export function requireClause({ kind, subject, issuer, cipher }: Requirement): string {
  if (kind !== "SPECIFIED") return `REQUIRE ${kind}`;
  const parts = Object.entries({ SUBJECT: subject, ISSUER: issuer, CIPHER: cipher })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${literal(value)}`);
  return `REQUIRE ${parts.join(" AND ")}`;
}
