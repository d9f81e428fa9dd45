/** What the database kept, compared with what it acknowledged. */

import postgres from "postgres";
import { type PostgresServer, superuser } from "../../../tests/servers/postgres/mod.ts";
import type { Operation } from "../client/protocol.ts";
import { rowsOfTransaction } from "../client/schema.ts";

/** Rows that should be there, and transactions that should not. */
export interface Integrity {
  /** Acknowledged rows that the table does not have. */
  readonly acknowledgedLost: number;
  /** Transactions with some of their rows in the table, but not all. */
  readonly tornTransactions: number;
}

/** Looks into the client's database. Call it when the load is over. */
export async function checkIntegrity(
  { host, port }: PostgresServer,
  database: string,
  operations: readonly Operation[],
): Promise<Integrity> {
  const { user, password } = superuser;
  const sql = postgres({ host, port, user, password, database, max: 1 });
  try {
    const kept = new Set<string>();
    const rowsOf = new Map<string, number>();
    for (
      const { id, tx } of await sql<{ id: string; tx: string | null }[]>`
      select id, tx from items`
    ) {
      kept.add(id);
      if (tx !== null) rowsOf.set(tx, (rowsOf.get(tx) ?? 0) + 1);
    }
    const acknowledged = operations.flatMap(({ ids }) => ids ?? []);
    return {
      acknowledgedLost: acknowledged.filter((id) => !kept.has(id)).length,
      tornTransactions: [...rowsOf.values()].filter((rows) => rows !== rowsOfTransaction).length,
    };
  } finally {
    await sql.end({ timeout: 1 });
  }
}
