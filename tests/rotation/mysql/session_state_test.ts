import assert from "node:assert/strict";
import mysql, { type PoolOptions } from "mysql2/promise";
import { mysqlTarget } from "../../../adapters/mysql2/mod.ts";
import { alternatingUsers, rotate, singleUser } from "../../../core/rotation/mod.ts";
import { Secret } from "../../../core/secret.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import { adminSession, sessionOf } from "../conformance/session_facts.ts";
import { freshUser } from "../conformance/fact.ts";
import { startMysqlDatabase } from "../databases/mysql.ts";
import { type App, houseOf } from "../fixture.ts";

const houses = {
  MySQL: houseOf(() => startMysqlDatabase({ flavor: "mysql" })),
  MariaDB: houseOf(() => startMysqlDatabase({ flavor: "mariadb" })),
};

const odd = ["back\\slash", "ends\\", "\\' or 1=1 -- ", `it's "x" \`y\``];

/** The same app for a user whose factory has these options besides. */
function withOptions(app: App<MysqlServer>, options: PoolOptions): App<MysqlServer> {
  const target = mysqlTarget((login) => mysql.createPool({ ...options, ...login }));
  return Object.assign(app, { target });
}

for (const [name, house] of Object.entries(houses)) {
  for (const mode of ["", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI,NO_BACKSLASH_ESCAPES"]) {
    Deno.test(`${name}: texts are what they are under sql_mode '${mode}'`, async () => {
      const { database, server } = house;
      const user = `${freshUser()} it's \\ "x" \``;
      await database.createUser(user, "start");
      await server.admin().query("set @@global.sql_mode = ?", [mode]);
      try {
        let current = "start";
        for (const password of odd) {
          const session = await sessionOf(database, user, current);
          await session.setOwnPassword(user, new Secret(password));
          await session.close();
          current = password;
          assert.equal(await database.loginCode(database.at, user, password), "ok");
        }
        const admin = await adminSession(database);
        await admin.provisionTwin(user, `${user}2`, new Secret("twin"));
        await admin.close();
        assert.equal(await database.loginCode(database.at, `${user}2`, "twin"), "ok");
        assert.deepEqual(await database.rights(`${user}2`), await database.rights(user));
      } finally {
        await server.admin().query("set @@global.sql_mode = default");
      }
    });
  }

  Deno.test(`${name}: a charset of the factory changes no password, or is refused`, async () => {
    for (const charset of ["LATIN1_SWEDISH_CI", "GBK_CHINESE_CI", "CP932_JAPANESE_CI"]) {
      await using app = withOptions(await house.app(), { charset });
      await rotate(app.secretId, app.options(singleUser()));
      assert.equal(await app.login("current"), "ok");

      const database = { ...house.database, target: app.target };
      const session = await sessionOf(database, app.user, app.passwords[1]!);
      const change = session.setOwnPassword(app.user, new Secret("größer 密码"));
      // A hash is the same in every charset.
      if (name === "MariaDB") await change;
      else await assert.rejects(change, { code: "INVALID_OPTION", message: /charset/ });
      await session.close();
      const kept = name === "MariaDB" ? "größer 密码" : app.passwords[1]!;
      assert.equal(await database.loginCode(database.at, app.user, kept), "ok");

      // Names on which rights were granted could be lost on the way.
      const admin = await adminSession(database);
      await assert.rejects(
        admin.provisionTwin(app.user, app.twin, new Secret("twin")),
        { code: "INVALID_OPTION", message: /charset/ },
      );
      await admin.close();
    }
  });

  Deno.test(`${name}: what the factory sets for the app's statements does not matter`, async () => {
    await using app = withOptions(await house.app(), {
      rowsAsArray: true,
      nestTables: "_",
      namedPlaceholders: true,
      multipleStatements: true,
      typeCast: () => "cast",
      bigNumberStrings: true,
      supportBigNumbers: true,
      dateStrings: true,
      jsonStrings: true,
      connectionLimit: 7,
    });
    for (const strategy of [alternatingUsers(), alternatingUsers(), singleUser()]) {
      await rotate(app.secretId, app.options(strategy));
      assert.equal(await app.login("current"), "ok");
    }
    assert.deepEqual(await app.database.rights(app.twin), await app.database.rights(app.user));
  });

  Deno.test(`${name}: a database of the factory does not matter, whoever may use it`, async () => {
    // The user has no right to the first, and nobody has the second.
    for (const database of ["mysql", "nowhere"]) {
      await using app = withOptions(await house.app(), { database });
      for (const strategy of [singleUser(), alternatingUsers()]) {
        await rotate(app.secretId, app.options(strategy));
        assert.equal(await app.login("current"), "ok");
      }
    }
  });
}
