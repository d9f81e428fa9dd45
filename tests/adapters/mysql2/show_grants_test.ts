import assert from "node:assert/strict";
import { difference } from "../../../adapters/mysql2/rotation/grants/difference.ts";
import { NotUnderstood, parseGrants } from "../../../adapters/mysql2/rotation/grants/parse.ts";

const account = { user: "a`pp", host: "%" };

function parsed(...lines: string[]) {
  const { rights, ...others } = parseGrants(lines, account);
  const of = <T>(map: Map<string, T>) => Object.fromEntries(map);
  return {
    rights: Object.fromEntries([...rights].map(([object, names]) => [object, [...names]])),
    dynamic: of(others.dynamic),
    roles: of(others.roles),
    restrictions: Object.keys(of(others.restrictions)),
  };
}

Deno.test("names are names, whatever they look like", () => {
  assert.deepEqual(
    parsed(
      "GRANT SELECT (`GRANT OPTION`, `ON`, `a``)`), LOCK TABLES ON `TO`.`WITH GRANT OPTION` TO `a``pp`@`%`",
      "GRANT `TO`@`%`,`WITH ADMIN OPTION`@`ON` TO `a``pp`@`%`",
    ),
    {
      rights: {
        "`TO`.`WITH GRANT OPTION`": [
          "SELECT (`GRANT OPTION`)",
          "SELECT (`ON`)",
          "SELECT (`a``)`)",
          "LOCK TABLES",
        ],
      },
      dynamic: {},
      roles: { "`TO`@`%`": false, "`WITH ADMIN OPTION`@`ON`": false },
      restrictions: [],
    },
  );
});

Deno.test("what MariaDB writes behind an account is neither name nor grant", () => {
  assert.deepEqual(
    parsed(
      "GRANT `r` TO `a``pp`@`%` WITH ADMIN OPTION",
      "GRANT USAGE ON *.* TO `a``pp`@`%` IDENTIFIED BY PASSWORD '*00' REQUIRE SUBJECT '/CN=WITH GRANT OPTION'",
      "GRANT EXECUTE ON PACKAGE BODY `d`.`p` TO 'a`pp'@'%' WITH GRANT OPTION",
      "GRANT PROXY ON 'it's'@'%' TO 'a`pp'@'%'",
      "SET DEFAULT ROLE `r` FOR `a``pp`@`%`",
      "GRANT SELECT ON *.* TO `r`",
      "GRANT SELECT ON *.* TO `a``pp`@`10.%`",
    ),
    {
      rights: { "PACKAGE BODY `d`.`p`": ["EXECUTE", "GRANT OPTION"] },
      dynamic: {},
      roles: { "`r`": true },
      restrictions: [],
    },
  );
});

Deno.test("dynamic privileges and partial revokes are told from others", () => {
  assert.deepEqual(
    parsed(
      "GRANT SELECT, CREATE ROLE ON *.* TO `a``pp`@`%` WITH GRANT OPTION",
      "GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `a``pp`@`%`",
      "GRANT CLONE_ADMIN ON *.* TO `a``pp`@`%` WITH GRANT OPTION",
      "REVOKE SELECT ON `d`.* FROM `a``pp`@`%`",
    ),
    {
      rights: { "*.*": ["SELECT", "CREATE ROLE", "GRANT OPTION"] },
      dynamic: { BACKUP_ADMIN: false, XA_RECOVER_ADMIN: false, CLONE_ADMIN: true },
      roles: {},
      restrictions: ["`d`.*"],
    },
  );
});

Deno.test("a line of an unknown kind is refused, and not quoted", () => {
  for (
    const line of [
      "",
      "DENY SELECT ON *.* TO `a``pp`@`%`",
      "GRANT SELECT ON *.*",
      "GRANT SELECT TO `a``pp`@`%` IDENTIFIED BY PASSWORD '*secret'",
    ]
  ) {
    assert.throws(() => parseGrants([line], account), (error: Error) => {
      assert.ok(error instanceof NotUnderstood);
      assert.equal(error.message, "");
      return true;
    });
  }
});

Deno.test("two accounts with the same grants differ in nothing", () => {
  const lines = [
    "GRANT SELECT, INSERT ON *.* TO `a``pp`@`%` WITH GRANT OPTION",
    "GRANT CLONE_ADMIN ON *.* TO `a``pp`@`%` WITH GRANT OPTION",
    "GRANT ALL PRIVILEGES ON `d`.* TO `a``pp`@`%`",
    "GRANT `r`@`%` TO `a``pp`@`%` WITH ADMIN OPTION",
  ];
  const grants = parseGrants(lines, account);
  assert.deepEqual(difference(grants, parseGrants(lines, account), "x"), []);
});
