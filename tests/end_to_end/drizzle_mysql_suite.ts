/** Registers the drizzle checks for one release: each on mysql2 and on the rotating pool. */

import assert from "node:assert/strict";
import type { Pool } from "mysql2/promise";
import { clientHouses } from "../adapters/mysql2/fixture.ts";
import { until, within } from "../adapters/outcome.ts";
import { mysqlStatementChecks } from "./drizzle_mysql_checks.ts";
import { type MysqlDrizzleKit, prepareMysqlScene } from "./drizzle_mysql_kit.ts";
import { mysqlSessionChecks } from "./drizzle_mysql_session_checks.ts";

/** Registers the tests. */
export async function mysqlDrizzleSuite(kit: MysqlDrizzleKit): Promise<void> {
  const checks = { ...mysqlStatementChecks, ...mysqlSessionChecks };
  // Dates are what drizzle makes of them, wherever the tests are run.
  const driver = { timezone: "Z" };
  for (const { test, flavor, raw, client } of await clientHouses()) {
    for (const [what, check] of Object.entries(checks)) {
      test(`drizzle ${kit.release}, on mysql2 and rotating alike: ${what}`, async () => {
        const run = async (pool: Pool) => await check(await prepareMysqlScene(kit, flavor, pool));
        const bare = raw(driver);
        let expected: unknown;
        try {
          expected = await run(bare);
        } finally {
          await bare.end();
        }
        await using rotating = client({ driver });
        assert.deepEqual(await run(rotating.pool), expected);
        await until(() => {
          const { total, idle } = rotating.pool.rotation.stats().pool;
          return total === idle;
        }, "all connections were given back");
      });
    }

    // On mysql2 alone the next statement on that connection waits for ever.
    test(`drizzle ${kit.release}, rotating: an iterator that is left early`, async () => {
      await using rotating = client({ driver, options: { max: 1 } });
      const { pool } = rotating;
      const { db, tables: { users } } = await prepareMysqlScene(kit, flavor, pool);
      const name = (n: number) => ({ name: `${n}${"x".repeat(90)}` });
      for (let n = 0; n < 20; n++) {
        await db.insert(users).values(Array.from({ length: 500 }, (_, i) => name(n * 500 + i)));
      }
      const all = db.select().from(users).prepare();
      for (let round = 0; round < 2; round++) {
        let seen = 0;
        for await (const _ of all.iterator()) if (++seen === 3) break;
        assert.equal(await within(30_000, db.$count(users)), 10_000);
      }
    });
  }
}
