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
    rights(wanted, held, grantee, except),
    options(wanted.dynamic, held.dynamic, {
      grant: (name, passedOn) => `grant ${name} on *.* to ${grantee}${passedOn ? withGrant : ""}`,
      revoke: (name) => `revoke ${name} on *.* from ${grantee}`,
    }),
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
    if (revoke.length > 0) {
      changes.revoke.push({ sql: `revoke ${revoke.join(", ")} on ${object} from ${grantee}` });
    }
    if (grant.length > 0) changes.grant.push(granting(object, grant, grantee));
  }
  return changes;
}

/** ALL PRIVILEGES holds the others, and cannot be told from them one by one. */
function rightsToChange(wanted: ReadonlySet<string>, held: ReadonlySet<string>) {
  const surplus = minus(held, wanted);
  if (wanted.has(allPrivileges) && !held.has(allPrivileges)) {
    const revoke = surplus.filter((privilege) => privilege === grantOption);
    return { revoke, grant: minus(wanted, held) };
  }
  if (held.has(allPrivileges) && !wanted.has(allPrivileges)) {
    const grant = [...wanted].filter((right) => right !== grantOption || !held.has(right));
    return { revoke: surplus, grant };
  }
  return { revoke: surplus, grant: minus(wanted, held) };
}

/** What is held with or without the option to pass it on. Only a revoke takes the option away. */
function options(
  wanted: ReadonlyMap<string, boolean>,
  held: ReadonlyMap<string, boolean>,
  statement: {
    readonly grant: (name: string, passedOn: boolean) => string;
    readonly revoke: (name: string) => string;
  },
): Changes {
  const surplus = [...held].filter(([name, passedOn]) =>
    !wanted.has(name) || passedOn && !wanted.get(name)
  );
  const missing = [...wanted].filter(([name, passedOn]) => held.get(name) !== passedOn);
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
