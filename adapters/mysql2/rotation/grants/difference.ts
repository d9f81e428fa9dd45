/** The statements that make the grants of one account those of another. */

import { allPrivileges, grantOption, type Grants } from "./grants.ts";

/** One statement, and what it is about, so that it can be split. */
export interface Change {
  /** The whole statement. */
  readonly sql: string;
  /** What is granted on which object, when it is that kind of statement. */
  readonly granted?: { readonly object: string; readonly privileges: readonly string[] };
}

/** A privilege on an object, as one word. */
export function rightOf(object: string, privilege: string): string {
  return `${privilege} ON ${object}`;
}

/**
 * What has to be done for `grantee`, which has `held`, to have `wanted`. What there is too much goes
 * first: revoking a privilege on a table takes those on its columns along.
 *
 * @param except privileges that cannot be granted, as {@linkcode rightOf} names them
 */
export function difference(
  wanted: Grants,
  held: Grants,
  grantee: string,
  except: ReadonlySet<string> = new Set(),
): Change[] {
  const changes = [
    // First, see below.
    options(wanted.dynamic, held.dynamic, {
      anew: losesGrantOption(wanted, held),
      grant: (name, passedOn) => `grant ${name} on *.* to ${grantee}${passedOn ? withGrant : ""}`,
      revoke: (name) => `revoke ${name} on *.* from ${grantee}`,
    }),
    rights(wanted, held, grantee, except),
    restrictions(wanted, held, grantee),
    options(wanted.roles, held.roles, {
      grant: (role, passedOn) => `grant ${role} to ${grantee}${passedOn ? withAdmin : ""}`,
      revoke: (role) => `revoke ${role} from ${grantee}`,
    }),
    options(wanted.proxies, held.proxies, {
      grant: (whom, passedOn) => `grant proxy on ${whom} to ${grantee}${passedOn ? withGrant : ""}`,
      revoke: (whom) => `revoke proxy on ${whom} from ${grantee}`,
    }),
  ];
  return [...changes.flatMap(({ revoke }) => revoke), ...changes.flatMap(({ grant }) => grant)];
}

interface Changes {
  readonly revoke: readonly Change[];
  readonly grant: readonly Change[];
}

const withGrant = " with grant option";
const withAdmin = " with admin option";

/** The statement that grants these privileges on an object. */
export function granting(object: string, privileges: readonly string[], grantee: string): Change {
  const named = privileges.filter((privilege) => privilege !== grantOption);
  const option = named.length < privileges.length ? withGrant : "";
  const list = named.length === 0 ? "usage" : named.join(", ");
  return {
    sql: `grant ${list} on ${object} to ${grantee}${option}`,
    granted: { object, privileges },
  };
}

function rights(
  wanted: Grants,
  held: Grants,
  grantee: string,
  except: ReadonlySet<string>,
): Changes {
  const changes = { revoke: [] as Change[], grant: [] as Change[] };
  for (const object of new Set([...held.rights.keys(), ...wanted.rights.keys()])) {
    const want = [...wanted.rights.get(object) ?? []]
      .filter((privilege) => !except.has(rightOf(object, privilege)));
    const { revoke, grant } = rightsToChange(new Set(want), held.rights.get(object) ?? new Set());
    for (const some of expressible(revoke)) {
      changes.revoke.push({ sql: `revoke ${some.join(", ")} on ${object} from ${grantee}` });
    }
    for (const some of expressible(grant)) changes.grant.push(granting(object, some, grantee));
  }
  return changes;
}

/**
 * Whether GRANT OPTION on everything is to be revoked. MySQL 9.7 then takes the option from dynamic
 * privileges as well, but only in its tables; and what it remembers otherwise, no REVOKE takes away
 * any more. So these have to be revoked before, and granted again after.
 */
function losesGrantOption(wanted: Grants, held: Grants): boolean {
  return held.rights.get("*.*")?.has(grantOption) === true &&
    wanted.rights.get("*.*")?.has(grantOption) !== true;
}

/** ALL PRIVILEGES stands in a statement of its own. */
function expressible(privileges: readonly string[]): string[][] {
  const others = privileges.filter((privilege) => privilege !== allPrivileges);
  return [
    ...others.length < privileges.length ? [[allPrivileges]] : [],
    ...others.length > 0 ? [others] : [],
  ];
}

/** ALL PRIVILEGES holds the others, and cannot be told from them one by one. */
function rightsToChange(wanted: ReadonlySet<string>, held: ReadonlySet<string>) {
  const surplus = minus(held, wanted);
  if (wanted.has(allPrivileges) && !held.has(allPrivileges)) {
    // The columns too: once the table's are complete, SHOW GRANTS leaves them out.
    const revoke = surplus.filter((right) => right === grantOption || right.endsWith(")"));
    return { revoke, grant: minus(wanted, held) };
  }
  if (held.has(allPrivileges) && !wanted.has(allPrivileges)) {
    const grant = [...wanted].filter((right) => right !== grantOption || !held.has(right));
    return { revoke: surplus, grant };
  }
  return { revoke: surplus, grant: minus(wanted, held) };
}

/**
 * What is held with or without the option to pass it on. Only a revoke takes the option away, and
 * MariaDB gives it to no proxy that is there already.
 */
function options(
  wanted: ReadonlyMap<string, boolean>,
  held: ReadonlyMap<string, boolean>,
  statement: {
    /** Whether what has the option is revoked and granted again in any case. */
    readonly anew?: boolean;
    readonly grant: (name: string, passedOn: boolean) => string;
    readonly revoke: (name: string) => string;
  },
): Changes {
  const differs = (name: string) =>
    wanted.get(name) !== held.get(name) || statement.anew === true && held.get(name) === true;
  const surplus = [...held].filter(([name]) => differs(name));
  const missing = [...wanted].filter(([name]) => differs(name));
  return {
    revoke: surplus.map(([name]) => ({ sql: statement.revoke(name) })),
    grant: missing.map(([name, passedOn]) => ({ sql: statement.grant(name, passedOn) })),
  };
}

/** A partial revoke is made by REVOKE and ended by GRANT, once the global privilege is there. */
function restrictions(wanted: Grants, held: Grants, grantee: string): Changes {
  const grant: Change[] = [];
  for (const object of new Set([...held.restrictions.keys(), ...wanted.restrictions.keys()])) {
    const none = new Set<string>();
    const [want, have] = [
      wanted.restrictions.get(object) ?? none,
      held.restrictions.get(object) ?? none,
    ];
    const [ended, made] = [minus(have, want), minus(want, have)];
    if (ended.length > 0) {
      grant.push({ sql: `grant ${ended.join(", ")} on ${object} to ${grantee}` });
    }
    if (made.length > 0) {
      grant.push({ sql: `revoke ${made.join(", ")} on ${object} from ${grantee}` });
    }
  }
  return { revoke: [], grant };
}

function minus(all: ReadonlySet<string>, some: ReadonlySet<string>): string[] {
  return [...all].filter((element) => !some.has(element));
}
