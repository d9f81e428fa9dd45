/** mysql2. */

import { rotatingMysql } from "@rekey/orm/mysql2";
import { desc, eq } from "drizzle-orm";
import { drizzle, type MySql2Database } from "drizzle-orm/mysql2";
import mysql, { type Pool } from "mysql2/promise";
import type { Driver, Statements } from "../statements.ts";
import { catalog, items } from "./mysql_schema.ts";

/** mysql2 3; alone it takes user and password when the pool is made, and no later ones. */
export const mysql2: Driver = {
  async alone(config, login) {
    const { username: user, password } = await login();
    const { host, port, database, maxConnections: connectionLimit, recycleMs } = config;
    const pool = mysql.createPool({
      host,
      port,
      database: database.name,
      user,
      password,
      connectionLimit,
    });
    recycle(pool, recycleMs);
    return { statements: statementsOf(drizzle({ client: pool })), close: () => pool.end() };
  },

  rotating(config, credentials, loginBudgetMs) {
    const { host, port, database, maxConnections: max, recycleMs: maxLifetimeMs } = config;
    const pool = rotatingMysql(
      (login) => mysql.createPool({ database: database.name, ...login }),
      { credentials, host, port, max, maxLifetimeMs, lifetimeJitter: 0, loginBudgetMs },
    );
    return { statements: statementsOf(drizzle({ client: pool })), close: () => pool.end() };
  },
};

/** The driver has no option for the lifetime of a connection: an app ends those that have come back. */
function recycle(pool: Pool, recycleMs: number): void {
  const openedMs = new WeakMap<object, number>();
  pool.on("connection", (connection) => openedMs.set(connection, performance.now()));
  pool.on("release", (connection) => {
    if (performance.now() - (openedMs.get(connection) ?? 0) >= recycleMs) connection.destroy();
  });
}

type Scope = Pick<MySql2Database, "select" | "insert" | "transaction">;

function statementsOf(db: Scope): Statements {
  return {
    one: (id) => db.select().from(catalog).where(eq(catalog.id, id)),
    last: () => db.select().from(catalog).orderBy(desc(catalog.id)).limit(10),
    insert: (item) => db.insert(items).values(item),
    transaction: (body, accessMode) =>
      db.transaction((scope) => body(statementsOf(scope)), { accessMode }),
  };
}
