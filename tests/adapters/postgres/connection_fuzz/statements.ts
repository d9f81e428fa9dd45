/** Single statements: each knows the answer that is its own, and no other's. */

import type postgres from "postgres";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account, Unit } from "../../connection_fuzz/account.ts";
import { pause } from "../../connection_fuzz/pause.ts";

/** An error of the test's own. */
export class FuzzError extends Error {
  override readonly name = "FuzzError";
}

/** What can be awaited and cancelled; the driver's types of queries differ in their rows. */
export type Query = PromiseLike<unknown> & { execute(): unknown; cancel(): unknown };

/** A statement that is not begun yet. */
export interface Statement {
  readonly what: string;
  make(sql: postgres.ISql): Query;
  /** What must come back. Left out when it cannot succeed. */
  readonly expected?: unknown;
  /** Codes or names of the errors that are its own. */
  readonly allowed?: readonly string[];
}

const forms = ["prepared", "simple", "unsafe", "slow"] as const;

/** A statement that reads a number which nobody else asks for. */
export function read(account: Account, random: SeededRandom): Statement {
  const n = account.number();
  const many = 2 + random.below(300);
  const row = [{ n }];
  return random.pick<() => Statement>([
    () => ({ what: `select ${n}`, make: (sql) => sql`select ${n}::int as n`, expected: row }),
    () => ({
      what: `simple ${n}`,
      make: (sql) => sql.unsafe(`select ${n} as n`),
      expected: row,
    }),
    () => ({
      what: `unsafe ${n}`,
      make: (sql) => sql.unsafe("select $1::int as n", [n]),
      expected: row,
    }),
    () => ({
      what: `two statements ${n}`,
      make: (sql) => sql.unsafe(`select ${n} as n; select ${-n} as n`),
      expected: [row, [{ n: -n }]],
    }),
    () => ({
      what: `sleep ${n}`,
      make: (sql) => sql.unsafe(`select ${n} as n from pg_sleep(0.0${1 + random.below(3)})`),
      expected: row,
    }),
    () => ({
      what: `rows ${n}`,
      make: (sql) => sql`select ${n}::int as n, i from generate_series(1, ${many}::int) i`.values(),
      expected: Array.from({ length: many }, (_, i) => [n, i + 1]),
    }),
    () => ({
      what: `text ${n}`,
      make: (sql) => sql`select ${n}::int as n, ${`${n}'"\\`}::text as text`,
      expected: [{ n, text: `${n}'"\\` }],
    }),
  ])();
}

/** A statement that fails: while it is built, or on the server after some rows. */
export function bad(account: Account, random: SeededRandom): Statement {
  const n = account.number();
  const never = undefined as unknown as string;
  return random.pick<() => Statement>([
    // Known to the server after the first time, so that the value is written when it is sent.
    () => ({
      what: `no date ${n}`,
      make: (sql) => sql`select ${n}::int as n, ${new Date(NaN)}::timestamptz as at`,
      allowed: ["RangeError"],
    }),
    () => ({
      what: `undefined ${n}`,
      make: (sql) => sql`select ${n}::int as n, ${never}::text as text`,
      allowed: ["UNDEFINED_VALUE"],
    }),
    () => ({
      what: `throwing serializer ${n}`,
      make: (sql) => sql`select ${n}::int as n, ${sql.json(throwing)}::jsonb as json`,
      allowed: ["FuzzError"],
    }),
    () => ({
      what: `division by zero ${n}`,
      make: (sql) => sql.unsafe(`select ${n} / (7 - i) as n from generate_series(1, 9) i`),
      allowed: ["22012"],
    }),
  ])();
}

/** The insert of one row of `unit`. */
export function insert({ id, parts }: Unit, part: number, random: SeededRandom): Statement {
  parts.add(part);
  const what = `insert of part ${part} of unit ${id}`;
  const rows = [{ part }];
  const form = random.pick(forms);
  if (form === "prepared") {
    return {
      what,
      make: (sql) => sql`insert into ledger values (${id}, ${part}) returning part`,
      expected: rows,
    };
  }
  const text = "insert into ledger";
  const end = "returning part";
  return {
    what,
    make: (sql) =>
      form === "simple"
        ? sql.unsafe(`${text} values (${id}, ${part}) ${end}`)
        : form === "slow"
        ? sql.unsafe(`${text} select ${id}, ${part} from pg_sleep(0.01) ${end}`)
        : sql.unsafe(`${text} values ($1, $2) ${end}`, [id, part]),
    expected: rows,
  };
}

/**
 * An insert whose value cannot be written the first time. It could be the second time, when the
 * statement's end was told already.
 */
export function insertWrittenLate({ id }: Unit): Statement {
  let tries = 0;
  const value = {
    toJSON() {
      if (tries++ === 0) throw new FuzzError("the value cannot be written yet");
      return tries;
    },
  };
  return {
    what: `late insert of unit ${id}`,
    make: (sql) =>
      sql`insert into ledger select ${id}, 1 where ${
        sql.json(value as never)
      }::jsonb is not null returning part`,
    allowed: ["FuzzError"],
  };
}

/** Two inserts in one text: the server makes one transaction of them. */
export function insertTwice({ id, parts }: Unit): Statement {
  parts.add(1).add(2);
  const text = (part: number) => `insert into ledger values (${id}, ${part}) returning part`;
  return {
    what: `two inserts of unit ${id}`,
    make: (sql) => sql.unsafe(`${text(1)}; ${text(2)}`),
    expected: [[{ part: 1 }], [{ part: 2 }]],
  };
}

/** Runs a statement; cancels it after a moment when `cancel` is given. Returns whether it succeeded. */
export async function run(
  account: Account,
  sql: postgres.ISql,
  statement: Statement,
  { unit, cancel }: { readonly unit?: Unit; readonly cancel?: SeededRandom } = {},
): Promise<boolean> {
  const { what, allowed } = statement;
  const start = () => {
    const query = statement.make(sql);
    if (cancel !== undefined) void cancelLater(account, query, cancel);
    return query;
  };
  const outcome = unit === undefined
    ? await account.follow(what, start, allowed)
    : await account.followUnit(unit, what, start, allowed);
  if (!outcome.ok) return false;
  if (statement.expected === undefined) account.violation(`${what} succeeded`);
  else account.answer(what, outcome.result, statement.expected);
  return true;
}

async function cancelLater(account: Account, query: Query, random: SeededRandom): Promise<void> {
  // Now and then before it has begun.
  if (random.below(5) > 0) query.execute();
  await pause(random);
  account.count("cancels");
  query.cancel();
}

const throwing = {
  toJSON(): never {
    throw new FuzzError("the value cannot be written");
  },
};
