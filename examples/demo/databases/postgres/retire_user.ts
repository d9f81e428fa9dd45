/** What an operator does with the user that is no longer used: locks it out and ends its sessions. */

import { Secret } from "../../../../mod.ts";
import { quoteIdentifier } from "../../../../adapters/postgres/identifier.ts";
import { scramVerifier } from "../../../../adapters/postgres/scram/verifier.ts";
import type { PostgresServer } from "../../../../tests/servers/postgres/mod.ts";
import { randomPassword } from "../database.ts";

/** Gives `user` a password that nobody knows and ends its sessions; gives the number of those. */
export async function retireUser(
  server: PostgresServer,
  user: string,
  database: string,
): Promise<number> {
  const verifier = await scramVerifier(new Secret(randomPassword()));
  await server.admin().unsafe(`alter role ${quoteIdentifier(user)} password '${verifier}'`);
  return await server.terminateSessions({ user, database });
}
