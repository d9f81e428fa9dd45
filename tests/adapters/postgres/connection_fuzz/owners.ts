/** Transactions and reserved connections. */

import type postgres from "postgres";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account, Unit } from "../../connection_fuzz/account.ts";
import { pause } from "../../connection_fuzz/pause.ts";
import { bad, FuzzError, insert, read, run } from "./statements.ts";
import { abortedCode, copyIn, copyOut, cursor } from "./streams.ts";

/** Errors of the test's own statements, with which a transaction fails. */
const ownErrors = ["FuzzError", "RangeError", "UNDEFINED_VALUE", "22012"];

/** A transaction with what people do in one. */
export async function transaction(
  account: Account,
  sql: postgres.Sql,
  random: SeededRandom,
): Promise<void> {
  const unit = account.unit();
  let bodies = 0;
  const body = async (sql: postgres.TransactionSql) => {
    if (bodies++ > 0) account.violation(`the body of unit ${unit.id} runs again`);
    await content(account, sql, random, unit);
    if (random.below(8) === 0) throw new FuzzError("the body gives up");
  };
  await account.followUnit(unit, "transaction", () => sql.begin(body), [...ownErrors, abortedCode]);
}

/** What the body of a transaction does. */
async function content(
  account: Account,
  sql: postgres.TransactionSql,
  random: SeededRandom,
  unit: Unit,
): Promise<void> {
  const count = 1 + random.below(4);
  for (let part = 1; part <= count; part++) {
    const kind = random.below(16);
    // Every transaction writes at its beginning.
    if (kind < 6 || part === 1) await pipeline(account, sql, random, unit, part);
    else if (kind < 9) await savepoint(account, sql, random, unit, part);
    else if (kind === 9) await orFail(cursor(account, sql, random, [abortedCode]));
    else if (kind === 10) await orFail(copyOut(account, sql, random, [abortedCode]));
    else if (kind === 11) await orFail(copyIn(account, sql, random, unit, [part * 100]));
    else if (kind === 12) await inside(account, sql, bad(account, random));
    else await inside(account, sql, read(account, random));
    if (random.below(3) === 0) await pause(random);
  }
}

/** Two inserts, and reads between them that do not wait. */
async function pipeline(
  account: Account,
  sql: postgres.TransactionSql,
  random: SeededRandom,
  unit: Unit,
  part: number,
): Promise<void> {
  const statements = [
    insert(unit, part * 100, random),
    ...Array.from({ length: random.below(3) }, () => read(account, random)),
    ...random.below(12) === 0 ? [bad(account, random)] : [],
    insert(unit, part * 100 + 1, random),
  ];
  await Promise.all(statements.map((statement) => inside(account, sql, statement)));
}

function inside(account: Account, sql: postgres.ISql, statement: ReturnType<typeof read>) {
  const allowed = [...statement.allowed ?? [], abortedCode];
  return run(account, sql, { ...statement, allowed });
}

/** A savepoint, which sometimes fails without its transaction. */
async function savepoint(
  account: Account,
  sql: postgres.TransactionSql,
  random: SeededRandom,
  unit: Unit,
  part: number,
): Promise<void> {
  // What it writes is there only when it is kept.
  const inner: Unit = { id: unit.id, parts: new Set(), told: "unknown" };
  const gaveUp = random.below(3) === 0;
  const outcome = await account.follow(
    `savepoint of unit ${unit.id}`,
    () =>
      sql.savepoint(async (sql) => {
        await pipeline(account, sql, random, inner, part);
        if (gaveUp) throw new FuzzError("the savepoint gives up");
      }),
    [...ownErrors, abortedCode],
  );
  if (!outcome.ok) return;
  for (const part of inner.parts) unit.parts.add(part);
}

/** An error of a stream is the transaction's, as the driver itself does not tell the transaction. */
async function orFail(stream: Promise<boolean>): Promise<void> {
  if (!await stream) throw new FuzzError("a stream failed");
}

/** A reserved connection: statements in a row, or a transaction by hand. */
export async function reserve(
  account: Account,
  sql: postgres.Sql,
  random: SeededRandom,
): Promise<void> {
  const taken = await account.follow("reserve", () => sql.reserve());
  if (!taken.ok) return;
  const reserved = taken.result;
  const kind = random.below(4);
  if (kind === 0) await byHand(account, reserved, random);
  const running = kind === 0 ? [] : Array.from({ length: 1 + random.below(6) }, () => {
    const own = random.below(6);
    if (own === 0) return run(account, reserved, bad(account, random));
    if (own > 2) return run(account, reserved, read(account, random), maybeCancel(random));
    const unit = account.unit();
    return run(account, reserved, insert(unit, 1, random), { unit, ...maybeCancel(random) });
  });
  if (kind === 1) await cursor(account, reserved, random);
  if (kind < 3) await Promise.all(running);
  else await pause(random);
  reserved.release();
  // Given back twice, it is not taken from its next owner; and what comes late does not run.
  if (random.below(3) === 0) reserved.release();
  const unit = account.unit();
  const late = run(account, reserved, insert(unit, 1, random), { unit });
  await Promise.all([...running, late]);
  if (unit.told !== "nothing") account.violation(`unit ${unit.id} was sent after the release`);
}

function maybeCancel(random: SeededRandom): { readonly cancel?: SeededRandom } {
  return random.below(5) === 0 ? { cancel: random } : {};
}

/** A transaction of the user's own statements. */
async function byHand(
  account: Account,
  reserved: postgres.ReservedSql,
  random: SeededRandom,
): Promise<void> {
  const unit = account.unit();
  unit.told = "nothing";
  const begun = await account.follow("begin by hand", () => reserved`begin`);
  if (!begun.ok) return;
  let whole = true;
  for (let part = 1; part <= 3; part++) {
    const written = await inside(account, reserved, insert(unit, part, random));
    whole &&= written;
    if (random.below(4) === 0) await pause(random);
  }
  if (whole) {
    const committed = await account.followUnit(unit, "commit by hand", () => reserved`commit`);
    if (committed.ok || committed.error.code !== "57014") return;
  }
  // A request to cancel another one may come late and hit this one.
  for (let attempt = 0; attempt < 3; attempt++) {
    const undone = await account.follow("rollback by hand", () => reserved`rollback`);
    if (undone.ok || undone.error.code !== "57014") return;
  }
}
