/** postgres.js. */

import { rotatingPostgres } from "@rekey/orm/postgres";
import { desc, eq } from "drizzle-orm";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Driver, Statements } from "../statements.ts";
import { catalog, items } from "./postgres_schema.ts";

/** postgres.js 3.4; alone it takes the password from a function. */
export const postgresJs: Driver = {
  async alone(config, login) {
    // The driver takes a user name only here: no later one can replace it.
    const { username } = await login();
    const sql = postgres({
      host: config.host,
      port: config.port,
      database: config.database.name,
      user: username,
      password: async () => (await login()).password,
      max: config.maxConnections,
      max_lifetime: config.recycleMs / 1000,
      onnotice: () => {},
    });
    const close = () => sql.end({ timeout: 1 });
    return { statements: statementsOf(drizzle({ client: sql })), close };
  },

  rotating(config, credentials, loginBudgetMs) {
    const { host, port, database, maxConnections: max, recycleMs: maxLifetimeMs } = config;
    const sql = rotatingPostgres(
      (login) => postgres({ database: database.name, onnotice: () => {}, ...login }),
      { credentials, host, port, max, maxLifetimeMs, lifetimeJitter: 0, loginBudgetMs },
    );
    const close = () => sql.end({ timeout: 1 });
    return { statements: statementsOf(drizzle({ client: sql })), close };
  },
};

type Scope = Pick<PostgresJsDatabase, "select" | "insert" | "transaction">;

function statementsOf(db: Scope): Statements {
  return {
    one: (id) => db.select().from(catalog).where(eq(catalog.id, id)),
    last: () => db.select().from(catalog).orderBy(desc(catalog.id)).limit(10),
    insert: (item) => db.insert(items).values(item),
    transaction: (body, accessMode) =>
      db.transaction((scope) => body(statementsOf(scope)), { accessMode }),
  };
}
