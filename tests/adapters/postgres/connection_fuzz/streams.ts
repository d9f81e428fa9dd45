/** Cursors and COPY. Each function returns whether its stream came to its end. */

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import postgres from "postgres";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account, Unit } from "../../connection_fuzz/account.ts";
import { pause } from "../../connection_fuzz/pause.ts";
import { FuzzError } from "./statements.ts";

/** The same for every instance of the driver; nothing connects. */
const { CLOSE } = postgres();

/** A statement of a transaction behind one that failed. */
export const abortedCode = "25P02";

interface NumberedRow {
  readonly n: number;
  readonly i: number;
}

/** A cursor of either kind, read to its end or left early. */
export async function cursor(
  account: Account,
  sql: postgres.ISql,
  random: SeededRandom,
  allowed: readonly string[] = [],
): Promise<boolean> {
  const n = account.number();
  const many = 1 + random.below(40);
  const batch = 1 + random.below(10);
  // Left after so many batches.
  const leave = random.below(3) === 0 ? 1 + random.below(3) : Infinity;
  const seen: number[] = [];
  let batches = 0;
  const take = (rows: readonly NumberedRow[]): boolean => {
    batches++;
    for (const row of rows) {
      if (row.n !== n) account.violation(`cursor ${n} got a row of ${row.n}`);
      seen.push(row.i);
    }
    return batches >= leave;
  };
  const query = () =>
    sql<NumberedRow[]>`
    select ${n}::int as n, i from generate_series(1, ${many}::int) i`;
  const iterated = random.below(2) === 0;
  const name = `${iterated ? "iterated" : "called"} cursor ${n}`;
  const read = iterated
    ? () => iterate(query().cursor(batch), take, random)
    : () => callBack(account, name, query(), batch, take, random);
  const outcome = await account.follow(name, read, ["FuzzError", ...allowed]);
  const whole = batches < leave ? many : Math.min(many, leave * batch);
  const expected = Array.from({ length: outcome.ok ? whole : seen.length }, (_, i) => i + 1);
  account.answer(name, seen, expected);
  return outcome.ok;
}

async function iterate(
  batches: AsyncIterable<NumberedRow[]>,
  take: (rows: readonly NumberedRow[]) => boolean,
  random: SeededRandom,
): Promise<void> {
  for await (const rows of batches) {
    if (take(rows)) break;
    if (random.below(2) === 0) await pause(random);
  }
}

async function callBack(
  account: Account,
  what: string,
  query: postgres.PendingQuery<NumberedRow[]>,
  batch: number,
  take: (rows: readonly NumberedRow[]) => boolean,
  random: SeededRandom,
): Promise<void> {
  const throws = random.below(8) === 0;
  const waits = random.below(2) === 0;
  let settled = false;
  const called = (rows: readonly NumberedRow[]) => {
    if (settled) account.violation(`${what} got rows after its end`);
    const left = take(rows);
    if (throws) throw new FuzzError("the cursor's function gives up");
    return left ? CLOSE : undefined;
  };
  const fn = waits
    ? async (rows: readonly NumberedRow[]) => {
      const result = called(rows);
      await pause(random);
      return result;
    }
    : called;
  try {
    // The driver's types do not know of a function that returns CLOSE in a promise.
    await query.cursor(batch, fn as (rows: readonly NumberedRow[]) => void);
  } finally {
    settled = true;
  }
}

/** COPY of numbered lines out of the server, compared with what was asked for. */
export async function copyOut(
  account: Account,
  sql: postgres.ISql,
  random: SeededRandom,
  allowed: readonly string[] = [],
): Promise<boolean> {
  const n = account.number();
  const many = 1 + random.below(2_000);
  const outcome = await account.follow(`COPY out ${n}`, async () => {
    const readable = await sql.unsafe(
      `copy (select ${n}, i from generate_series(1, ${many}) i) to stdout`,
    ).readable();
    let text = "";
    for await (const chunk of readable) text += chunk;
    return text;
  }, allowed);
  const lines = Array.from({ length: many }, (_, i) => `${n}\t${i + 1}\n`);
  if (outcome.ok && outcome.result !== lines.join("")) {
    account.violation(`COPY out ${n} got ${outcome.result.length} other characters`);
  }
  return outcome.ok;
}

/** COPY of a unit into the ledger; sometimes given up, or with a line that is no row. */
export async function copyIn(
  account: Account,
  sql: postgres.ISql,
  random: SeededRandom,
  unit: Unit,
  parts: readonly number[],
  follow: Account["followUnit"] = (_, what, start, allowed) =>
    account.follow(what, start, [...allowed ?? [], abortedCode]),
): Promise<boolean> {
  for (const part of parts) unit.parts.add(part);
  const fate = random.below(6);
  async function* lines(): AsyncGenerator<string> {
    for (const part of parts) {
      yield `${unit.id}\t${part}\n`;
      if (random.below(3) === 0) await pause(random);
    }
    if (fate === 0) throw new FuzzError("the COPY is given up");
    if (fate === 1) yield "no number\n";
  }
  const outcome = await follow(unit, `COPY in of unit ${unit.id}`, async () => {
    const writable = await sql.unsafe("copy ledger (unit, part) from stdin").writable();
    await pipeline(Readable.from(lines()), writable);
  }, ["FuzzError", "22P02"]);
  return outcome.ok;
}
