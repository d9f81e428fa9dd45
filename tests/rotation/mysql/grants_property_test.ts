import assert from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "../../../core/secret.ts";
import type { MysqlServer } from "../../servers/mysql/mod.ts";
import { adminSession } from "../conformance/session_facts.ts";
import type { TestDatabase } from "../databases/database.ts";
import { rights, startMysqlDatabase } from "../databases/mysql.ts";
import { grantSets, scenery } from "./grant_sets.ts";

const numRuns = 200;

for (const flavor of ["mysql", "mariadb"] as const) {
  Deno.test(`a twin has exactly its original's grants, on ${numRuns} sets on ${flavor}`, async () => {
    await using database = await startMysqlDatabase({
      flavor,
      settings: flavor === "mysql" ? { "partial-revokes": "ON" } : {},
    });
    await database.server.admin().query(scenery(flavor));
    const admin = await adminSession(database);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        grantSets(flavor),
        fc.option(grantSets(flavor)),
        fc.constantFrom("%", "10.1.%", "localhost"),
        async (wanted, surplus, host) => {
          const [user, twin] = [`u${++number}`, `u${number}_clone`];
          const of = (user: string) => rights(database.server.admin(), flavor, { user, host });
          const provision = async () => {
            const before = await of(user);
            await admin.provisionTwin(user, twin, new Secret("twin"));
            assert.deepEqual(await of(twin), before);
            assert.deepEqual(await of(user), before);
          };
          await execute(database, `create user \`${user}\`@\`${host}\` identified by 'x'`);
          await grant(database, wanted.statements, user, host);
          if (surplus !== null) {
            await execute(database, `create user \`${twin}\`@\`${host}\` identified by 'x'`);
            await grant(database, surplus.statements, twin, host);
          }
          await provision();
          await grant(database, wanted.undone, user, host);
          // MySQL revokes the option of dynamic privileges in its tables alone, until the next start.
          await execute(database, "flush privileges");
          await provision();
        },
      ),
      { numRuns },
    );
    await admin.close();
  });
}

async function grant(
  database: TestDatabase<MysqlServer>,
  statements: readonly string[],
  user: string,
  host: string,
): Promise<void> {
  for (const statement of statements) {
    const sql = statement.replace("$", `\`${user}\`@\`${host}\``);
    const mayFail = sql.startsWith("/* may fail */");
    await execute(database, sql).catch((error) => {
      if (!mayFail && !goneAlready.has(error.errno)) throw new Error(`${sql}: ${error.message}`);
    });
  }
}

/** What is undone may have been undone along with something else. */
const goneAlready = new Set([1141, 1147, 1403, 3523, 1269]);

async function execute(database: TestDatabase<MysqlServer>, sql: string): Promise<void> {
  await database.server.admin().query(sql);
}
