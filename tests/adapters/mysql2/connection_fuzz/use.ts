/** mysql2, used in all ways. */

import type mysql from "mysql2/promise";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account } from "../../connection_fuzz/account.ts";
import { callback, reserve, transaction } from "./owners.ts";
import { bad, insert, insertMany, read, run } from "./statements.ts";

/** Uses the client in one of all ways. */
export async function use(
  account: Account,
  pool: mysql.Pool,
  random: SeededRandom,
): Promise<void> {
  const kind = random.below(40);
  if (kind < 12) {
    // As apps do: what failed is tried again in the same moment, in which a connection may be closing.
    for (let tries = 0; tries < 3; tries++) {
      if (await run(account, pool, read(account, random))) return;
    }
  } else if (kind < 20) {
    const unit = account.unit();
    const statement = random.below(5) === 0 ? insertMany(unit) : insert(unit, 1, random);
    await run(account, pool, statement, unit);
  } else if (kind < 23) {
    await run(account, pool, bad(account, random));
  } else if (kind < 25) {
    await callback(account, pool, random);
  } else if (kind < 32) {
    await transaction(account, pool, random);
  } else {
    await reserve(account, pool, random);
  }
}
