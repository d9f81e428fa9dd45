/** The credential that creates users and changes their passwords: not a superuser's. */

import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { Secret } from "../../../mod.ts";
import { scramVerifier } from "../../../adapters/postgres/scram/verifier.ts";
import type { PostgresServer } from "../../../tests/servers/postgres/mod.ts";

/** The admin's secret. */
export const adminSecretId = "demo/admin";

/** Creates the admin, its secret, and the database that the rotator logs in to. */
export async function createAdmin(server: PostgresServer, client: SecretsManager): Promise<void> {
  const { host, port } = server;
  const [username, password] = ["demo_admin", randomPassword()];
  const verifier = await scramVerifier(new Secret(password));
  const admin = server.admin();
  await admin.unsafe(`create role ${username} login createdb createrole password '${verifier}'`);
  // Not the clients' databases: the rotator's logins must not be counted as theirs.
  await admin.unsafe("create database rotator");
  const secret = { engine: "postgres", host, port, username, password, dbname: "rotator" };
  await client.createSecret({ Name: adminSecretId, SecretString: JSON.stringify(secret) });
}

/** A password that nobody knows yet. */
export function randomPassword(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}
