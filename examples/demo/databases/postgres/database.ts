/** PostgreSQL. */

import postgres from "postgres";
import { postgresTarget } from "../../../../adapters/postgres/mod.ts";
import {
  type PostgresNode,
  type PostgresServer,
  startPostgres,
} from "../../../../tests/servers/postgres/mod.ts";
import type { DemoDatabase, DemoServers } from "../database.ts";
import { createAccount } from "./account.ts";
import { createAdmin, rotatorDatabase } from "./admin.ts";
import { retireUser } from "./retire_user.ts";

/** PostgreSQL, the embedded default. */
export const postgresDatabase: DemoDatabase = {
  name: "postgres",
  async start(lagMs) {
    return serversOf(
      await startPostgres({ ...lagMs !== undefined && { replica: { lagMs } } }),
      lagMs,
    );
  },
};

function serversOf(server: PostgresServer, replicaLagMs = 0): DemoServers {
  const loaded = server.replica ?? server;
  return {
    loaded,
    replicaLagMs,
    target: postgresTarget((login) =>
      postgres({ ...login, database: rotatorDatabase, onnotice: () => {} })
    ),
    createAdmin: () => createAdmin(server),
    createAccount: (account) => createAccount(server, account),
    async waitForReplay() {
      if (server.replica !== undefined) await server.waitForReplay();
    },
    retire: (user, database) => retireUser(server, user, database),
    async failedLogins(database) {
      return (await loaded.failedLogins()).filter((each) => each.database === database).length;
    },
    counter: () => counterOf(loaded),
    async keptRows(database) {
      const sql = connect(server, database);
      try {
        return await sql<{ id: string; tx: string | null }[]>`select id, tx from items`;
      } finally {
        await sql.end({ timeout: 1 });
      }
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function counterOf(node: PostgresNode) {
  const sql = connect(node, "postgres");
  return {
    async count() {
      const rows = await sql<{ database: string; connections: number }[]>`
        select datname as database, count(*)::int as connections from pg_stat_activity
        where backend_type = 'client backend' and datname is not null group by datname`;
      return new Map(rows.map(({ database, connections }) => [database, connections]));
    },
    close: () => sql.end({ timeout: 1 }),
  };
}

function connect({ host, port, superuser }: PostgresNode, database: string): postgres.Sql {
  return postgres({ host, port, ...superuser, database, max: 1 });
}
