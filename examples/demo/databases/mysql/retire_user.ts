/** What an operator does with the user that is no longer used: locks it out and ends its sessions. */

import type { MysqlServer } from "../../../../tests/servers/mysql/mod.ts";
import { randomPassword } from "../database.ts";

/** Gives `user` a password that nobody knows and ends its sessions; gives the number of those. */
export async function retireUser(
  server: MysqlServer,
  user: string,
  database: string,
): Promise<number> {
  await server.admin().query("alter user ? identified by ?", [user, randomPassword()]);
  return await server.terminateSessions({ user, database });
}
