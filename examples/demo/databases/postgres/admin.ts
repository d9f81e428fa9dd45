/** The credential that creates users and changes their passwords: not a superuser's. */

import { Secret } from "../../../../mod.ts";
import { scramVerifier } from "../../../../adapters/postgres/scram/verifier.ts";
import type { PostgresServer } from "../../../../tests/servers/postgres/mod.ts";
import { randomPassword, type SecretValue } from "../database.ts";

/** The admin's name. */
export const adminName = "demo_admin";
/** Not the clients' databases: the rotator's logins must not be counted as theirs. */
export const rotatorDatabase = "rotator";

/** Creates the admin and the database that the rotator logs in to. */
export async function createAdmin(server: PostgresServer): Promise<SecretValue> {
  const { host, port } = server;
  const password = randomPassword();
  const verifier = await scramVerifier(new Secret(password));
  const admin = server.admin();
  await admin.unsafe(`create role ${adminName} login createdb createrole password '${verifier}'`);
  await admin.unsafe(`create database ${rotatorDatabase}`);
  const engine = "postgres";
  return { engine, host, port, username: adminName, password, dbname: rotatorDatabase };
}
