/** What one client has to itself: a database, a user in it and a secret. */

import postgres from "postgres";
import { bootstrap } from "../../../../adapters/postgres/mod.ts";
import type { PostgresServer } from "../../../../tests/servers/postgres/mod.ts";
import { tables } from "../../client/drivers/postgres_schema.ts";
import { type NewAccount, randomPassword } from "../database.ts";
import { adminName } from "./admin.ts";

/** Creates database, secret, user and tables, as the owner of an app would. */
export async function createAccount(
  server: PostgresServer,
  { name, secretId, adminSecretId, store, createSecret }: NewAccount,
): Promise<void> {
  const { host, port } = server;
  const password = randomPassword();
  const admin = server.admin();
  await admin`create database ${admin(name)} owner ${admin(adminName)}`;
  await createSecret({ engine: "postgres", host, port, username: name, password, dbname: name });
  await bootstrap(
    (login) => postgres({ ...login, database: name, onnotice: () => {} }),
    { store, secretId, adminSecretId },
  );
  const sql = postgres({ host, port, user: name, password, database: name, max: 1 });
  try {
    for (const statement of tables) await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
