/**
 * For apps on drizzle-orm: migrations that run once, however many tasks start at once.
 *
 * drizzle itself is yours and is left alone: pass it the client of `@rekey/orm/postgres` or
 * `@rekey/orm/mysql2` as `drizzle({ client })`.
 *
 * @module
 */

export { migrateOnce, type MigrateOnceOptions } from "./migrate_once.ts";
export type { MysqlLockClient, PostgresLockClient } from "./locks.ts";
export type { Clock, Timer } from "../../core/clock.ts";
export type { Random } from "../../core/random.ts";
