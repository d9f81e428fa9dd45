/** What one client has to itself: a database, a user in it and a secret. */

import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import postgres from "postgres";
import { rotationStore } from "../../../adapters/aws/mod.ts";
import { bootstrap } from "../../../adapters/postgres/mod.ts";
import type { PostgresServer } from "../../../tests/servers/postgres/mod.ts";
import { tables } from "../client/schema.ts";
import { adminSecretId, randomPassword } from "./admin.ts";

/** A client's own place. Database and user have the client's name. */
export interface Account {
  /** The client, its database, its first user and its access key id. */
  readonly name: string;
  readonly secretId: string;
}

/** Creates database, secret, user and tables, as the owner of an app would. */
export async function createAccount(
  name: string,
  server: PostgresServer,
  client: SecretsManager,
): Promise<Account> {
  const { host, port } = server;
  const secretId = `demo/${name}`;
  const password = randomPassword();
  const secret = { engine: "postgres", host, port, username: name, password, dbname: name };
  const admin = server.admin();
  await admin`create database ${admin(name)} owner demo_admin`;
  await client.createSecret({ Name: secretId, SecretString: JSON.stringify(secret) });
  await bootstrap(
    (login) => postgres({ ...login, database: name, onnotice: () => {} }),
    { store: rotationStore(client), secretId, adminSecretId },
  );
  const sql = postgres({ host, port, user: name, password, database: name, max: 1 });
  try {
    for (const statement of tables) await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 1 });
  }
  return { name, secretId };
}
