/** MySQL and MariaDB. */

import net from "node:net";
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

/** The rotator's own address on this machine: its failed logins are not counted as a client's. */
const rotatorAddress = "127.0.0.2";
/** The servers know whole seconds of lag, and may be a second later still. */
const lagStepMs = 1_000;

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

function serversOf(server: MysqlServer, lagMs = 0): DemoServers {
  const loaded = server.replica ?? server;
  const { host, port } = server;
  return {
    loaded,
    replicaLagMs: (Math.ceil(lagMs / lagStepMs) + 1) * lagStepMs,
    target: mysqlTarget((login) =>
      mysql.createPool({
        ...login,
        stream: () => net.connect({ host, port, localAddress: rotatorAddress }),
      })
    ),
    createAdmin: () => createAdmin(server),
    createAccount: (account) => createAccount(server, account),
    async waitForReplay() {
      if (server.replica !== undefined) await server.waitForReplay();
    },
    retire: (user, database) => retireUser(server, user, database),
    async failedLogins(database) {
      // The log names the user, of whom every database here has its own, and his twin.
      const failed = await loaded.failedLogins();
      const users = [database, `${database}_clone`];
      return failed.filter(({ user, from }) => users.includes(user) && from !== rotatorAddress)
        .length;
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
        `select db as \`database\`, count(*) as connections from information_schema.processlist
        where db is not null group by db`,
      );
      return new Map(rows.map(({ database, connections }) => [database, Number(connections)]));
    },
    close: () => pool.end(),
  };
}
