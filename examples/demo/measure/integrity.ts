/** What the database kept, compared with what it acknowledged. */

import type { Operation } from "../client/protocol.ts";
import { rowsOfTransaction } from "../client/statements.ts";
import type { KeptRow } from "../databases/database.ts";

/** Rows that should be there, and transactions that should not. */
export interface Integrity {
  /** Acknowledged rows that the table does not have. */
  readonly acknowledgedLost: number;
  /** Transactions with some of their rows in the table, but not all. */
  readonly tornTransactions: number;
}

/** Compares the rows of a client's table with what its operations came to. */
export function checkIntegrity(
  rows: readonly KeptRow[],
  operations: readonly Operation[],
): Integrity {
  const kept = new Set(rows.map(({ id }) => id));
  const rowsOf = new Map<string, number>();
  for (const { tx } of rows) if (tx !== null) rowsOf.set(tx, (rowsOf.get(tx) ?? 0) + 1);
  const acknowledged = operations.flatMap(({ ids }) => ids ?? []);
  return {
    acknowledgedLost: acknowledged.filter((id) => !kept.has(id)).length,
    tornTransactions: [...rowsOf.values()].filter((rows) => rows !== rowsOfTransaction).length,
  };
}
