/** MySQL and MariaDB. */

import mysql, { type Pool, type RowDataPacket } from "mysql2/promise";
import { mysqlTarget } from "../../../../adapters/mysql2/mod.ts";
import {
  type Flavor,
  type MysqlNode,
  type MysqlServer,
  startMysql,
} from "../../../../tests/servers/mysql/mod.ts";
import type { ConnectionCounter, DemoDatabase, DemoServers, KeptRow } from "../database.ts";
import { createAccount } from "./account.ts";
import { createAdmin } from "./admin.ts";
import { retireUser } from "./retire_user.ts";

/** MySQL 9. */
export const mysqlDatabase = databaseOf("mysql");
/** MariaDB. */
export const mariadbDatabase = databaseOf("mariadb");

function databaseOf(flavor: Flavor): DemoDatabase {
  return {
    name: flavor,
    async start(lagMs) {
      const server = await startMysql({ flavor, ...lagMs !== undefined && { replica: { lagMs } } });
      return serversOf(server, lagMs);
    },
  };
}

function serversOf(server: MysqlServer, replicaLagMs = 0): DemoServers {
  const loaded = server.replica ?? server;
  return {
    loaded,
    replicaLagMs,
    // Not to the clients' databases: the rotator's logins must not be counted as theirs.
    target: mysqlTarget((login) => mysql.createPool({ ...login })),
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
      const [rows] = await server.admin().query<(KeptRow & RowDataPacket)[]>(
        `select id, tx from ${database}.items`,
      );
      return rows;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function counterOf({ host, port, superuser }: MysqlNode): ConnectionCounter {
  const pool: Pool = mysql.createPool({ host, port, ...superuser, connectionLimit: 1 });
  return {
    async count() {
      const [rows] = await pool.query<
        ({ database: string; connections: number } & RowDataPacket)[]
      >(
        // A client that has closed its connection is listed until the server has tidied up.
        `select db as \`database\`, count(*) as connections from information_schema.processlist
        where db is not null and command not in ('Quit', 'Killed') group by db`,
      );
      return new Map(rows.map(({ database, connections }) => [database, Number(connections)]));
    },
    close: () => pool.end(),
  };
}
