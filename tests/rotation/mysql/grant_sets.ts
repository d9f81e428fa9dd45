/** Sets of grants of every kind, as statements. */

import fc from "fast-check";
import type { Flavor } from "../../servers/mysql/mod.ts";

/** Statements in which `$` stands for the account. */
export interface GrantSet {
  readonly statements: readonly string[];
  /** Some of them, undone. */
  readonly undone: readonly string[];
}

/** What the sets grant rights on. Executed once for each server. */
export function scenery(flavor: Flavor): string {
  const role = (name: string, host: string) =>
    flavor === "mysql" ? `\`${name}\`@\`${host}\`` : `\`${name}\``;
  return `
    create database d1; create database \`d 2\`; create database d3;
    create table d1.t1 (a int, \`b\`\`x\` int, \`c, d\` int);
    create table \`d 2\`.\`odd \`\`'t\` (a int, \`GRANT OPTION\` int);
    create procedure d1.p1() select 1; create procedure \`d 2\`.\`to\`() select 1;
    create function d1.f1() returns int deterministic return 1;
    create role ${role("r1", "%")}; create role ${role("r 2", "10.%")}; create role ${
    role("to", "%")
  };
    create user px1@'%'; create user 'p''x2'@'10.%';`;
}

/** A set for a server of this flavor; with partial revokes on MySQL. */
export function grantSets(flavor: Flavor): fc.Arbitrary<GrantSet> {
  const parts = flavor === "mysql" ? [...common, ...ofMysql] : [
    ...common,
    ...rolesOf(["`r1`", "`r 2`", "`to`"]),
    defaultRole("set default role `r1` for $"),
  ];
  return fc.tuple(...parts).chain((lists) => {
    const grants = lists.flat();
    return fc.subarray(grants).map((some) => ({
      statements: grants.map(([statement]) => statement),
      undone: some.flatMap(([, undo]) => undo === undefined ? [] : [undo]),
    }));
  });
}

/** A statement, and the one that takes back what it did. */
type Grant = readonly [statement: string, undo: string | undefined];
type Part = fc.Arbitrary<readonly Grant[]>;

const nothing: Part = fc.constant([]);

/** Some of `privileges` on an object, perhaps with the option. */
function on(object: string, privileges: readonly string[]): Part {
  const some = fc.record({
    names: fc.oneof(
      { weight: 4, arbitrary: fc.subarray([...privileges], { minLength: 1 }) },
      { weight: 1, arbitrary: fc.constant(["usage"]) },
      { weight: object === "*.*" ? 0 : 1, arbitrary: fc.constant(["all privileges"]) },
    ),
    option: fc.boolean(),
  }).map(({ names, option }): Grant[] => [[
    `grant ${names.join(", ")} on ${object} to $${option ? " with grant option" : ""}`,
    names[0] === "usage" ? undefined : `revoke ${names.join(", ")} on ${object} from $`,
  ], ...(option ? [["select 1", `revoke grant option on ${object} from $`] as Grant] : [])]);
  return fc.oneof(nothing, some);
}

const databasePrivileges = [
  "select",
  "insert",
  "update",
  "delete",
  "create",
  "drop",
  "references",
  "index",
  "alter",
  "create temporary tables",
  "lock tables",
  "create view",
  "show view",
  "create routine",
  "alter routine",
  "execute",
  "event",
  "trigger",
];
const tablePrivileges = ["select", "insert", "update", "delete", "create", "drop", "trigger"];
const routinePrivileges = ["execute", "alter routine"];

function columns(table: string, names: readonly string[]): Part {
  const privileges = names.flatMap((name) =>
    ["select", "insert", "update", "references"].map((verb) => `${verb} (${name})`)
  );
  return fc.oneof(nothing, on(table, privileges));
}

function rolesOf(names: readonly string[]): Part[] {
  return names.map((name) =>
    fc.oneof(
      nothing,
      fc.constant<Grant[]>([[`grant ${name} to $`, `revoke ${name} from $`]]),
      fc.constant<Grant[]>([[`grant ${name} to $ with admin option`, `revoke ${name} from $`]]),
    )
  );
}

/** Fails where the role is not granted, and is left out then. */
function defaultRole(statement: string): Part {
  return fc.oneof(nothing, fc.constant<Grant[]>([[`/* may fail */ ${statement}`, undefined]]));
}

function proxy(whom: string): Part {
  const undo = `revoke proxy on ${whom} from $`;
  return fc.oneof(
    nothing,
    fc.constant<Grant[]>([[`grant proxy on ${whom} to $`, undo]]),
    fc.constant<Grant[]>([[`grant proxy on ${whom} to $ with grant option`, undo]]),
  );
}

const limits: Part = fc.record({
  require: fc.constantFrom(
    "none",
    "ssl",
    "x509",
    "subject '/CN=it''s me'",
    "issuer '/CN=ca' and subject '/C=XX'",
    "cipher 'TLS_AES_128_GCM_SHA256' and issuer '/CN=a b'",
  ),
  questions: fc.nat({ max: 9 }),
  connections: fc.nat({ max: 9 }),
  expire: fc.constantFrom("default", "never", "interval 9 day"),
}).map(({ require, questions, connections, expire }) => [[
  `alter user $ require ${require} with max_queries_per_hour ${questions} ` +
  `max_user_connections ${connections} password expire ${expire}`,
  "alter user $ require none with max_queries_per_hour 0 password expire default",
]]);

const common: readonly Part[] = [
  on("*.*", ["select", "insert", "process", "reload", "show databases", "create user", "execute"]),
  on("d1.*", databasePrivileges),
  on("`d 2`.*", databasePrivileges),
  on("`w\\_ld%`.*", ["select", "delete"]),
  on("d1.t1", tablePrivileges),
  on("`d 2`.`odd ``'t`", tablePrivileges),
  columns("d1.t1", ["a", "`b``x`", "`c, d`"]),
  columns("`d 2`.`odd ``'t`", ["a", "`GRANT OPTION`"]),
  on("procedure d1.p1", routinePrivileges),
  on("procedure `d 2`.`to`", routinePrivileges),
  on("function d1.f1", routinePrivileges),
  proxy("px1@'%'"),
  proxy("`p'x2`@'10.%'"),
  proxy("``@``"),
  limits,
];

function dynamic(names: readonly string[]): Part[] {
  return names.map((name) =>
    fc.constantFrom("", " with grant option").chain((option) =>
      fc.oneof(
        nothing,
        fc.constant<Grant[]>([[
          `grant ${name} on *.* to $${option}`,
          `revoke ${name} on *.* from $`,
        ]]),
      )
    )
  );
}

const ofMysql: readonly Part[] = [
  ...dynamic([
    "backup_admin",
    "connection_admin",
    "application_password_admin",
    "xa_recover_admin",
  ]),
  ...rolesOf(["r1", "`r 2`@`10.%`", "`to`"]),
  defaultRole("alter user $ default role r1, `r 2`@`10.%`"),
  defaultRole("alter user $ default role `to`"),
  // Partial revokes: only of what is held everywhere, and only where nothing else is granted.
  fc.subarray(["select", "insert", "update", "delete"]).chain((held) =>
    fc.subarray(held).map((taken): Grant[] =>
      taken.length === 0 ? [] : [
        [`grant ${held.join(", ")} on *.* to $`, undefined],
        [`revoke ${taken.join(", ")} on d3.* from $`, `grant ${taken[0]} on d3.* to $`],
      ]
    )
  ),
  fc.record({
    history: fc.constantFrom("default", "3"),
    reuse: fc.constantFrom("default", "9 day"),
    current: fc.constantFrom("", "default", "optional"),
    failures: fc.nat({ max: 3 }),
    days: fc.constantFrom("unbounded", "0", "2"),
  }).map(({ history, reuse, current, failures, days }): Grant[] => [[
    `alter user $ password history ${history} password reuse interval ${reuse} ` +
    `password require current ${current} failed_login_attempts ${failures} ` +
    `password_lock_time ${days}`,
    "alter user $ password history default failed_login_attempts 0 password_lock_time 0",
  ]]),
];
