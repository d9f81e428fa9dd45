/** What one client has to itself: a database, a user in it and a secret. */

import mysql from "mysql2/promise";
import type { MysqlServer } from "../../../../tests/servers/mysql/mod.ts";
import { tables } from "../../client/drivers/mysql_schema.ts";
import { type NewAccount, randomPassword } from "../database.ts";

/** Creates database, secret, user and tables, as the owner of an app would. */
export async function createAccount(
  server: MysqlServer,
  { name, createSecret }: NewAccount,
): Promise<void> {
  const { host, port, flavor: engine } = server;
  const password = randomPassword();
  const admin = server.admin();
  await admin.query(`create database ${name}`);
  await admin.query("create user ? identified by ?", [name, password]);
  await admin.query(`grant all on ${name}.* to ?`, [name]);
  // Its own two passwords.
  if (engine === "mysql") {
    await admin.query("grant application_password_admin on *.* to ?", [name]);
  }
  const own = await mysql.createConnection({ host, port, user: name, password, database: name });
  for (const statement of tables) await own.query(statement);
  await own.end();
  await createSecret({ engine, host, port, username: name, password, dbname: name });
}
