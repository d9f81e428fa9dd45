/** The work itself: what a worker may do, and how often. */

import type { OperationKind } from "./protocol.ts";
import { catalogRows, rowsOfTransaction, type Statements } from "./statements.ts";

/** Does the work; gives the ids of the rows that the database has acknowledged. */
export type Body = (statements: Statements, worker: number) => Promise<readonly string[]>;

const readWrite: readonly (readonly [share: number, kind: OperationKind])[] = [
  [0.70, "read"],
  [0.15, "insert"],
  [0.15, "transaction"],
];
const readOnly: readonly (readonly [share: number, kind: OperationKind])[] = [
  [0.85, "read"],
  [0.15, "read-transaction"],
];

/** Draws the next kind of operation. */
export function drawKind(onlyReads: boolean): OperationKind {
  const shares = onlyReads ? readOnly : readWrite;
  let left = Math.random();
  for (const [share, kind] of shares) {
    left -= share;
    if (left < 0) return kind;
  }
  return "read";
}

/** What each kind does. */
export const bodies: Readonly<Record<OperationKind, Body>> = {
  async read(statements) {
    await readOne(statements);
    return [];
  },

  async insert(statements, worker) {
    const id = crypto.randomUUID();
    await statements.insert({ id, worker, n: 0 });
    return [id];
  },

  async transaction(statements, worker) {
    const tx = crypto.randomUUID();
    const ids = Array.from({ length: rowsOfTransaction }, () => crypto.randomUUID());
    await statements.transaction(async (scope) => {
      for (const [n, id] of ids.entries()) await scope.insert({ id, worker, tx, n });
    }, "read write");
    return ids;
  },

  async "read-transaction"(statements) {
    await statements.transaction(async (scope) => {
      for (let n = 0; n < 3; n++) await readOne(scope);
    }, "read only");
    return [];
  },
};

async function readOne(statements: Statements): Promise<void> {
  if (Math.random() < 0.5) {
    const id = 1 + Math.floor(Math.random() * catalogRows);
    expectRows(await statements.one(id), 1);
  } else {
    expectRows(await statements.last(), 10);
  }
}

/** An answer that belongs to another statement must not pass as a success. */
function expectRows(rows: readonly unknown[], count: number): void {
  if (rows.length === count) return;
  throw Object.assign(new Error(`The answer has ${rows.length} rows, not ${count}.`), {
    code: "WRONG_RESULT",
  });
}
