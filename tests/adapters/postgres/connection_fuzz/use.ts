/** postgres.js, used in all ways. */

import type postgres from "postgres";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account } from "../../connection_fuzz/account.ts";
import { reserve, transaction } from "./owners.ts";
import { bad, insert, insertTwice, insertWrittenLate, read, run } from "./statements.ts";
import { copyIn, copyOut, cursor } from "./streams.ts";

/** Uses the client in one of all ways. */
export async function use(
  account: Account,
  sql: postgres.Sql,
  random: SeededRandom,
): Promise<void> {
  const kind = random.below(40);
  const cancel = random.below(4) === 0 ? { cancel: random } : {};
  if (kind < 12) {
    // As apps do: what failed is tried again in the same moment, in which a connection may be closing.
    for (let tries = 0; tries < 3; tries++) {
      if (await run(account, sql, read(account, random), cancel)) return;
    }
  } else if (kind < 20) {
    const unit = account.unit();
    const statement = random.below(5) === 0 ? insertTwice(unit) : insert(unit, 1, random);
    await run(account, sql, statement, { ...cancel, unit });
  } else if (kind < 23) {
    await run(account, sql, bad(account, random), cancel);
  } else if (kind < 24) {
    const unit = account.unit();
    await run(account, sql, insertWrittenLate(unit), { unit });
  } else if (kind < 30) {
    await transaction(account, sql, random);
  } else if (kind < 33) {
    await reserve(account, sql, random);
  } else if (kind < 36) {
    await cursor(account, sql, random);
  } else if (kind < 38) {
    await copyOut(account, sql, random);
  } else {
    const parts = Array.from({ length: 1 + random.below(5) }, (_, i) => i);
    const follow: Account["followUnit"] = (...args) => account.followUnit(...args);
    await copyIn(account, sql, random, account.unit(), parts, follow);
  }
}
