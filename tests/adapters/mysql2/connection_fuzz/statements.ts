/** Single statements: each knows the answer that is its own, and no other's. */

import type mysql from "mysql2/promise";
import type { SeededRandom } from "../../../../adapters/testing/seeded_random.ts";
import type { Account, Unit } from "../../connection_fuzz/account.ts";

/** An error of the test's own. */
export class FuzzError extends Error {
  override readonly name = "FuzzError";
}

/** What runs statements: a pool, or a connection of it. */
export type Client = Pick<mysql.Pool, "query" | "execute">;

/** A statement that is not begun yet. */
export interface Statement {
  readonly what: string;
  make(client: Client): Promise<[mysql.QueryResult, unknown]>;
  /** What must come back. Left out when it cannot succeed. */
  readonly expected?: unknown;
  /** Codes or names of the errors that are its own. */
  readonly allowed?: readonly string[];
}

/** A source of rows. */
export const numbers = "with recursive s (i) as (select 1 union all select i + 1 from s where i < ";

/** A statement that reads a number which nobody else asks for. */
export function read(account: Account, random: SeededRandom): Statement {
  const n = account.number();
  const many = 2 + random.below(300);
  const row = [{ n }];
  const text = `${n}'"\\`;
  return random.pick<() => Statement>([
    () => ({ what: `query ${n}`, make: (c) => c.query("select ? as n", [n]), expected: row }),
    () => ({
      what: `execute ${n}`,
      make: (c) => c.execute("select cast(? as signed) as n", [n]),
      expected: row,
    }),
    () => ({
      what: `two statements ${n}`,
      make: (c) => c.query(`select ${n} as n; select ${-n} as n`),
      expected: [row, [{ n: -n }]],
    }),
    () => ({
      what: `sleep ${n}`,
      make: (c) => c.query(`select ${n} as n from (select sleep(0.0${1 + random.below(3)})) s`),
      expected: row,
    }),
    () => ({
      what: `rows ${n}`,
      make: (c) => c.query({ sql: `${numbers} ${many}) select ${n}, i from s`, rowsAsArray: true }),
      expected: Array.from({ length: many }, (_, i) => [n, i + 1]),
    }),
    () => ({
      what: `text ${n}`,
      make: (c) => c.query("select ? as n, ? as text", [n, text]),
      expected: [{ n, text }],
    }),
  ])();
}

/** A statement that fails: while it is built, or on the server, before or after some rows. */
export function bad(account: Account, random: SeededRandom): Statement {
  const n = account.number();
  const never = undefined as unknown as string;
  return random.pick<() => Statement>([
    () => ({
      what: `undefined ${n}`,
      make: (c) => c.execute("select ? as n, ? as text", [n, never]),
      allowed: ["TypeError"],
    }),
    () => ({
      what: `throwing value ${n}`,
      make: (c) => c.query("select ? as n, ? as text", [n, throwing]),
      allowed: ["FuzzError"],
    }),
    () => ({
      what: `no such column ${n}`,
      make: (c) => random.below(2) ? c.query("select nope") : c.execute("select nope"),
      allowed: ["ER_BAD_FIELD_ERROR"],
    }),
    () => ({
      what: `too many rows ${n}`,
      make: (c) =>
        c.query(`${numbers} 9) select if(i = 7, (select 1 union select ${n + 1}), ${n}) from s`),
      allowed: ["ER_SUBQUERY_NO_1_ROW"],
    }),
  ])();
}

/** The insert of one row of `unit`. */
export function insert({ id, parts }: Unit, part: number, random: SeededRandom): Statement {
  parts.add(part);
  const text = "insert into ledger (unit, part)";
  return {
    what: `insert of part ${part} of unit ${id}`,
    make: random.pick<Statement["make"]>([
      (c) => c.query(`${text} values (?, ?)`, [id, part]),
      (c) => c.execute(`${text} values (?, ?)`, [id, part]),
      (c) => c.query(`${text} select ${id}, ${part} from (select sleep(0.01)) s`),
    ]),
    expected: { affectedRows: 1 },
  };
}

/** Several rows in one statement: all of them or none. */
export function insertMany({ id, parts }: Unit): Statement {
  const rows = [1, 2, 3].map((part) => (parts.add(part), [id, part]));
  return {
    what: `three inserts of unit ${id}`,
    make: (c) => c.query("insert into ledger (unit, part) values ?", [rows]),
    expected: { affectedRows: 3 },
  };
}

/** Runs a statement. Returns whether it succeeded. */
export async function run(
  account: Account,
  client: Client,
  statement: Statement,
  unit?: Unit,
): Promise<boolean> {
  const { what, allowed, expected } = statement;
  const start = async () => (await statement.make(client))[0];
  const outcome = unit === undefined
    ? await account.follow(what, start, allowed)
    : await account.followUnit(unit, what, start, allowed);
  if (!outcome.ok) return false;
  if (expected === undefined) account.violation(`${what} succeeded`);
  else account.answer(what, comparable(outcome.result), expected);
  return true;
}

/** Rows as they are; of the answer to an insert, how many there were. */
function comparable(result: mysql.QueryResult): unknown {
  if (Array.isArray(result)) return result;
  return { affectedRows: (result as mysql.ResultSetHeader).affectedRows };
}

const throwing = {
  toSqlString(): never {
    throw new FuzzError("the value cannot be written");
  },
};
