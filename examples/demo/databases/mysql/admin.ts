/** The credential that creates users and changes their passwords: not a superuser's. */

import type { MysqlServer } from "../../../../tests/servers/mysql/mod.ts";
import { randomPassword, type SecretValue } from "../database.ts";

const username = "demo_admin";

/** Creates the admin. */
export async function createAdmin(server: MysqlServer): Promise<SecretValue> {
  const { host, port, flavor: engine } = server;
  const password = randomPassword();
  const admin = server.admin();
  await admin.query("create user ? identified by ?", [username, password]);
  // What it is to give to twins, it must have itself; and it reads what users have.
  await admin.query("grant all on *.* to ? with grant option", [username]);
  return { engine, host, port, username, password };
}
