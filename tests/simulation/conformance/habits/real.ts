/** A real MySQL or MariaDB. */

import mysql from "mysql2/promise";
import { classifyLogin } from "../../../../adapters/mysql2/classify.ts";
import { mysqlTarget } from "../../../../adapters/mysql2/mod.ts";
import { startMysql } from "../../../servers/mysql/mod.ts";
import type { Flavor, Habitual } from "./subject.ts";

/** A server for all facts: each has users of its own. */
export interface RealHabitual extends Habitual, AsyncDisposable {}

/** Starts it. */
export async function startReal(flavor: Flavor): Promise<RealHabitual> {
  const isMysql = flavor === "mysql";
  const settings: Record<string, string> = isMysql ? {} : { "max-password-errors": "3" };
  const server = await startMysql({ flavor, settings });
  const admin = server.admin();
  const { host, port } = server;
  return {
    async createUser(user, password) {
      const policy = isMysql ? "failed_login_attempts 3 password_lock_time 1" : "";
      await admin.query(`create user ? identified by ? ${policy}`, [user, password]);
      if (isMysql) await admin.query("grant application_password_admin on *.* to ?", [user]);
    },
    async login(user, password) {
      try {
        await (await mysql.createConnection({ host, port, user, password })).end();
        return "accepted";
      } catch (error) {
        return classifyLogin(error).kind;
      }
    },
    async setPassword(user, password) {
      await admin.query("alter user ? identified by ?", [user, password]);
    },
    async flushPrivileges() {
      await admin.query("flush privileges");
    },
    target: mysqlTarget((login) => mysql.createPool({ ...login })),
    address: { host, port },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
