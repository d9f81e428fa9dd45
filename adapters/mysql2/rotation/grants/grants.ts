/** What an account may do, as a structure. */

/** Everything that was granted to an account. Keys are quoted names, ready for a statement. */
export interface Grants {
  /**
   * By object (`*.*`, a database, a table, `PROCEDURE` and a routine): privileges such as `SELECT`
   * or ``UPDATE (`column`)``, and `GRANT OPTION`.
   */
  readonly rights: Map<string, Set<string>>;
  /** MySQL's dynamic privileges, and whether each may be passed on. */
  readonly dynamic: Map<string, boolean>;
  /** MySQL's partial revokes: by database, what a global privilege does not hold for. */
  readonly restrictions: Map<string, Set<string>>;
  /** Roles, and whether each may be passed on. */
  readonly roles: Map<string, boolean>;
  /** Accounts that this one may act as, and whether that may be passed on. */
  readonly proxies: Map<string, boolean>;
}

/** The right to pass on what one has on the same object. */
export const grantOption = "GRANT OPTION";

/** How servers write every privilege that an object can have. */
export const allPrivileges = "ALL PRIVILEGES";

/** No grants. */
export function noGrants(): Grants {
  return {
    rights: new Map(),
    dynamic: new Map(),
    restrictions: new Map(),
    roles: new Map(),
    proxies: new Map(),
  };
}

/** Whether an account with these grants administers the server rather than uses it. */
export function isAdministrator({ rights, dynamic }: Grants): boolean {
  const everywhere = rights.get("*.*");
  return everywhere?.has("SUPER") === true || everywhere?.has(allPrivileges) === true ||
    dynamic.has("SYSTEM_USER");
}
