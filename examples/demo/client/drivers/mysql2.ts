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
    return { statements: statementsOf(recycling(pool, recycleMs)), close: () => pool.end() };
  },

  rotating(config, credentials, loginBudgetMs) {
    const { host, port, database, maxConnections: max, recycleMs: maxLifetimeMs } = config;
    const pool = rotatingMysql(
      (login) => mysql.createPool({ database: database.name, ...login }),
      { credentials, host, port, max, maxLifetimeMs, lifetimeJitter: 0, loginBudgetMs },
    );
    const db = drizzle({ client: pool });
    return { statements: statementsOf((work) => work(db)), close: () => pool.end() };
  },
};

/** Gives a piece of work what it needs to have statements run. */
type With = <T>(work: (db: Scope) => Promise<T>) => Promise<T>;

/** The driver has no option for the lifetime of a connection: an app ends those that have come back. */
function recycling(pool: Pool, recycleMs: number): With {
  const openedMs = new WeakMap<object, number>();
  pool.on("connection", (connection) => openedMs.set(connection, performance.now()));
  return async (work) => {
    const connection = await pool.getConnection();
    try {
      return await work(drizzle({ client: connection }));
    } finally {
      const ageMs = performance.now() - openedMs.get(connection.connection)!;
      if (ageMs < recycleMs) connection.release();
      else connection.destroy();
    }
  };
}

/** The usual one; drizzle wants it named beside an access mode. */
const isolationLevel = "repeatable read";

type Scope = Pick<MySql2Database, "select" | "insert" | "transaction">;

function statementsOf(using: With): Statements {
  return {
    one: (id) => using((db) => db.select().from(catalog).where(eq(catalog.id, id))),
    last: () => using((db) => db.select().from(catalog).orderBy(desc(catalog.id)).limit(10)),
    insert: (item) => using((db) => db.insert(items).values(item)),
    transaction: (body, accessMode) =>
      using((db) =>
        db.transaction(
          (scope) => body(statementsOf((work) => work(scope))),
          { isolationLevel, accessMode },
        )
      ),
  };
}
