/** Migrations by an app of which several tasks start at once. */

import { type Clock, delay, systemClock } from "../../core/clock.ts";
import { RekeyError } from "../../core/errors.ts";
import { milliseconds } from "../../core/provider/options.ts";
import { type Random, systemRandom } from "../../core/random.ts";
import {
  type LockSession,
  type MysqlLockClient,
  openSession,
  type PostgresLockClient,
} from "./locks.ts";

/** Options of {@linkcode migrateOnce}. */
export interface MigrateOnceOptions {
  /**
   * For how long another task's migration is waited for, in milliseconds.
   * @default {300000}
   */
  readonly waitMs?: number;
  /**
   * What the lock is called. Tasks with the same name in the same database migrate one after the
   * other: give each folder of migrations its own.
   * @default {"drizzle"}
   */
  readonly lockName?: string;
  /**
   * Where time comes from.
   * @default {the machine's clock}
   */
  readonly clock?: Clock;
  /**
   * Where jitter comes from.
   * @default {the machine's randomness}
   */
  readonly random?: Random;
}

/** Between two tries a task waits for a time up to this. */
const pollMs = 500;

/** So often a migration whose lock was lost under it is looked after. */
const attempts = 3;

/**
 * Calls `migrate` under a lock in the database, so that of several tasks one migrates, and the others
 * wait for it and then find nothing to do.
 *
 * The lock is an advisory lock of PostgreSQL, or `GET_LOCK` of MySQL, and belongs to a connection that
 * the client lends for as long as `migrate` takes. A rotation does not take it away: a connection that
 * is in use is closed when it comes back (unless `drainMs` ends it earlier). When it is lost anyway, a
 * killed session for example, another task may have begun, so the lock is taken again and `migrate`
 * is called again: drizzle's finds out by itself what there is left to do.
 *
 * Gotchas:
 * - The client needs a second connection for the migration: `max` of 2 or more.
 * - A pooler in between that shares sessions (pgbouncer in transaction mode) breaks locks of sessions.
 *
 * @param client a `rotatingPostgres` client or a `rotatingMysql` pool
 * @param migrate runs the migrations through the same client, or another one
 * @returns what `migrate` returned
 * @throws {RekeyError} `LOCK_TIMEOUT` when another task holds the lock for longer than `waitMs`, or
 * the lock was lost three times; `INVALID_OPTION`; and what the client and `migrate` throw
 *
 * @example
 * ```ts
 * import { drizzle } from "drizzle-orm/postgres-js";
 * import { migrate } from "drizzle-orm/postgres-js/migrator";
 * import type postgres from "postgres";
 * import { migrateOnce } from "@rekey/orm/drizzle";
 *
 * export async function start(sql: postgres.Sql) { // of rotatingPostgres
 *   const db = drizzle({ client: sql });
 *   await migrateOnce(sql, () => migrate(db, { migrationsFolder: "./drizzle" }));
 *   return db;
 * }
 * ```
 */
export async function migrateOnce<T>(
  client: PostgresLockClient | MysqlLockClient,
  migrate: () => Promise<T>,
  options: MigrateOnceOptions = {},
): Promise<T> {
  assertClient(client);
  const { lockName = "drizzle", clock = systemClock, random = systemRandom } = options;
  const waitMs = milliseconds("waitMs", options.waitMs ?? 300_000, 0);
  const deadlineMs = clock.monotonicMs() + waitMs;
  let lost: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const session = await acquire();
    const outcome = await settle(migrate);
    const unlocked = await settle(() => session.unlock());
    session.release();
    if ("value" in unlocked && unlocked.value) {
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    }
    lost = "error" in outcome ? outcome.error : "error" in unlocked ? unlocked.error : undefined;
  }
  throw new RekeyError(
    "LOCK_TIMEOUT",
    `The connection that holds the lock "${lockName}" was lost during each of ${attempts} ` +
      `migrations: see what ends sessions.`,
    { cause: lost },
  );

  async function acquire(): Promise<LockSession> {
    while (true) {
      const session = await openSession(client, lockName);
      const locked = await settle(() => session.tryLock());
      if ("value" in locked && locked.value) return session;
      session.release();
      // A session may be killed at this, too: the next try has another one.
      if ("error" in locked && !isLoss(locked.error)) throw locked.error;
      const leftMs = deadlineMs - clock.monotonicMs();
      if (leftMs <= 0) {
        throw new RekeyError(
          "LOCK_TIMEOUT",
          `Another task has held the lock "${lockName}" for ${waitMs} ms (waitMs). It migrates, or ` +
            `its session is left over.`,
          "error" in locked ? { cause: locked.error } : {},
        );
      }
      await delay(clock, Math.min(leftMs, pollMs * random.next()), undefined, true);
    }
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

async function settle<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

/** Whether it is the connection that was lost; the rotating clients say so. */
function isLoss(error: unknown): boolean {
  return (error as { possiblyExecuted?: unknown } | undefined)?.possiblyExecuted !== undefined;
}

function assertClient(client: unknown): void {
  const { reserve, getConnection } = Object(client) as Record<string, unknown>;
  if (typeof reserve === "function" || typeof getConnection === "function") return;
  throw new RekeyError(
    "INVALID_OPTION",
    "The client has neither reserve() nor getConnection(): pass what rotatingPostgres or " +
      "rotatingMysql returned, not the drizzle database.",
  );
}
