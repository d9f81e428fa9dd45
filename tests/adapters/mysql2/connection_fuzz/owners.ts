/** Connections that have an owner: transactions, streams, and what becomes of them. */

import type { Pool } from "mysql2";
import type mysql from "mysql2/promise";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account } from "../../connection_fuzz/account.ts";
import { pause } from "../../connection_fuzz/pause.ts";
import { innerOf } from "../fixture.ts";
import { bad, insert, numbers, read, run } from "./statements.ts";

async function take(account: Account, pool: mysql.Pool): Promise<mysql.PoolConnection | undefined> {
  const taken = await account.follow("getConnection", () => pool.getConnection());
  return taken.ok ? taken.result : undefined;
}

/** A transaction as people write it: it commits, gives up, or fails and is rolled back. */
export async function transaction(
  account: Account,
  pool: mysql.Pool,
  random: SeededRandom,
): Promise<void> {
  const connection = await take(account, pool);
  if (connection === undefined) return;
  const unit = account.unit();
  // Nothing of it is there before it is committed.
  unit.told = "nothing";
  const whole = await begin(account, connection, random) &&
    await content(account, connection, random, unit);
  if (whole) await account.followUnit(unit, "commit", () => connection.commit());
  // Refused, too, by a connection that is lost.
  else await account.follow("rollback", () => connection.rollback());
  connection.release();
}

async function begin(
  account: Account,
  connection: mysql.PoolConnection,
  random: SeededRandom,
): Promise<boolean> {
  if (random.below(3) === 0) {
    const level = "set transaction isolation level read committed";
    const set = await account.follow("isolation level", () => connection.query(level));
    if (!set.ok) return false;
    await pause(random);
  }
  const begun = await account.follow<unknown>(
    "begin",
    () => random.below(2) ? connection.beginTransaction() : connection.query("begin"),
  );
  return begun.ok;
}

/** Returns whether all of it went well. */
async function content(
  account: Account,
  connection: mysql.PoolConnection,
  random: SeededRandom,
  unit: Parameters<typeof insert>[0],
): Promise<boolean> {
  const count = 1 + random.below(4);
  for (let part = 1; part <= count; part++) {
    // Some that do not wait for each other: the connection sends them in their order.
    const statements = [
      insert(unit, part * 10, random),
      ...Array.from({ length: random.below(3) }, () => read(account, random)),
      insert(unit, part * 10 + 1, random),
    ];
    const done = await Promise.all(statements.map((one) => run(account, connection, one)));
    if (!done.every((ok) => ok)) return false;
    const kind = random.below(8);
    if (kind === 0 && !await savepoint(account, connection, random)) return false;
    if (kind === 1 && !await stream(account, connection, random, false)) return false;
    if (kind === 2) await run(account, connection, bad(account, random));
    if (kind === 3 && random.below(3) === 0) return false;
    if (random.below(3) === 0) await pause(random);
  }
  return true;
}

/** What is written after a savepoint and rolled back is not there. */
async function savepoint(
  account: Account,
  connection: mysql.PoolConnection,
  random: SeededRandom,
): Promise<boolean> {
  const statement = (sql: string) => account.follow(sql, () => connection.query(sql));
  if (!(await statement("savepoint here")).ok) return false;
  const gone = { id: account.number(), parts: new Set<number>(), told: "nothing" as const };
  if (!await run(account, connection, insert(gone, 1, random))) return false;
  return (await statement("rollback to savepoint here")).ok;
}

/** A connection: statements in a row, a stream, and a way to let go of it. */
export async function reserve(
  account: Account,
  pool: mysql.Pool,
  random: SeededRandom,
): Promise<void> {
  const connection = await take(account, pool);
  if (connection === undefined) return;
  const running = Array.from({ length: random.below(6) }, () => {
    const kind = random.below(6);
    if (kind === 0) return run(account, connection, bad(account, random));
    if (kind > 2) return run(account, connection, read(account, random));
    const unit = account.unit();
    return run(account, connection, insert(unit, 1, random), unit);
  });
  const kind = random.below(6);
  if (kind === 0) await stream(account, connection, random, true);
  if (kind < 4) await Promise.all(running);
  else await pause(random);
  if (kind === 1) connection.destroy();
  connection.release();
  // Given back twice, it is not taken from its next owner; and what comes late does not run.
  if (random.below(3) === 0) connection.release();
  if (random.below(5) === 0) connection.destroy();
  const unit = account.unit();
  const late = run(account, connection, insert(unit, 1, random), unit);
  await Promise.all([...running, late]);
  if (unit.told !== "nothing") account.violation(`unit ${unit.id} was sent after the release`);
}

/** A stream, read to its end or, where that is allowed, left early. Returns whether it came to it. */
export async function stream(
  account: Account,
  connection: mysql.PoolConnection,
  random: SeededRandom,
  mayLeave: boolean,
): Promise<boolean> {
  const n = account.number();
  const many = 1 + random.below(900);
  const leave = mayLeave && random.below(2) === 0 ? random.below(many) : Infinity;
  const sql = `${numbers} ${many}) select ${n} as n, i, repeat('x', ${random.below(800)}) from s`;
  const seen: number[] = [];
  const outcome = await account.follow(`stream ${n}`, async () => {
    const rows = innerOf(connection).query(sql).stream();
    for await (const row of rows as AsyncIterable<{ n: number; i: number }>) {
      if (row.n !== n) account.violation(`stream ${n} got a row of ${row.n}`);
      seen.push(Number(row.i));
      if (seen.length > leave) break;
      if (random.below(100) === 0) await pause(random);
    }
  });
  const length = outcome.ok ? Math.min(many, leave + 1) : seen.length;
  account.answer(`stream ${n}`, seen, Array.from({ length }, (_, i) => i + 1));
  return outcome.ok;
}

/** A statement by the pool inside, with a callback, which is called once. */
export async function callback(
  account: Account,
  pool: mysql.Pool,
  random: SeededRandom,
): Promise<void> {
  const n = account.number();
  let calls = 0;
  const inner = pool.pool as unknown as Pool;
  const outcome = await account.follow(`callback ${n}`, () =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null, rows: unknown) => {
        if (++calls > 1) account.violation(`callback ${n} was called again`);
        if (error) reject(error);
        else resolve(rows);
      };
      if (random.below(2)) inner.query("select ? as n", [n], done);
      else inner.execute("select cast(? as signed) as n", [n], done);
    }), ["Error"]);
  if (outcome.ok) account.answer(`callback ${n}`, outcome.result, [{ n }]);
}
