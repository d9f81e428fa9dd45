/** `begin` and `savepoint`, with postgres.js's semantics, on a connection that may be lost. */

import { codeOf } from "../../core/errors.ts";
import type { DriverQuery, DriverSql } from "./driver/port.ts";
import { rolledBackError } from "./driver/surface.ts";
import type { OwnedConnection } from "./owned_connection.ts";
import { type BasicSql, isTemplate, makeSql, type SqlParts } from "./sql.ts";

/** The body of a transaction or a savepoint. */
export type Body = (sql: BasicSql) => unknown;

/** The connection was lost before BEGIN was answered: nothing has happened yet. */
export class BeginLostError extends Error {
  override readonly cause: unknown;
  constructor(cause: unknown) {
    super("The connection was lost at BEGIN.");
    this.cause = cause;
  }
}

/**
 * Runs `body` in a transaction on `connection`.
 *
 * @throws {BeginLostError} when it may simply be tried on another connection
 */
export async function transact<S extends DriverSql>(
  parts: SqlParts<S>,
  connection: OwnedConnection,
  options: string,
  body: Body,
): Promise<unknown> {
  const plain = makeSql(parts, (query) => connection.send(query));
  let savepoints = 0;
  let prepare: string | undefined;

  const scope = async (body: Body, name?: string): Promise<unknown> => {
    let uncaught: unknown;
    const sql = makeSql(parts, (query: DriverQuery) => {
      query.catch((error) => uncaught ??= error);
      connection.send(query);
    });
    Object.assign(sql, {
      savepoint(name: unknown, ...rest: unknown[]) {
        // A statement, in a savepoint of its own.
        if (isTemplate(name)) return scope((sql) => sql(name, ...rest), `s${savepoints++}`);
        if (typeof name === "function") return scope(name as Body, `s${savepoints++}`);
        return scope(rest[0] as Body, `s${savepoints++}${name ? `_${name}` : ""}`);
      },
      prepare(name: string) {
        prepare = name.replace(/[^a-z0-9$\-_. ]/gi, "");
      },
    });
    const quoted = name && `"${name.replaceAll('"', '""')}"`;
    if (quoted) await plain.unsafe(`savepoint ${quoted}`);
    try {
      const returned = body(sql);
      const result = await (Array.isArray(returned) ? Promise.all(returned) : returned);
      if (uncaught !== undefined) throw uncaught;
      return result;
    } catch (error) {
      await undo(connection, plain, quoted ? `rollback to ${quoted}` : "rollback");
      // 25P02: the transaction was aborted by an earlier error, which says more.
      throw codeOf(error) === "25P02" && uncaught !== undefined ? uncaught : error;
    }
  };

  try {
    await plain.unsafe(`begin ${options.replace(/[^a-z ]/gi, "")}`);
  } catch (error) {
    throw connection.lost ? new BeginLostError(error) : error;
  }
  const result = await scope(body);
  await commit(
    connection,
    plain,
    prepare === undefined ? "commit" : `prepare transaction '${prepare}'`,
  );
  return result;
}

/** Lost on the way, a commit may have happened or not: the error carries possiblyExecuted. */
async function commit(connection: OwnedConnection, plain: BasicSql, text: string): Promise<void> {
  let result: unknown;
  try {
    result = await plain.unsafe(text);
  } catch (error) {
    // Given up before it was begun (a cancel that came late): the session is in the transaction yet.
    await undo(connection, plain, "rollback");
    throw error;
  }
  // An error that the body kept to itself (of a COPY's stream) has aborted the transaction.
  if ((result as { command?: unknown }).command === "ROLLBACK") throw rolledBackError();
}

/** Never rejects: a session that cannot even roll back is of no use to anybody, and is ended. */
async function undo(connection: OwnedConnection, plain: BasicSql, text: string): Promise<void> {
  if (connection.lost) return;
  await plain.unsafe(text).then(() => {}, () => connection.discard());
}
