/** What one client has to itself: a database, a user in it and a secret. */

import type { World } from "./world.ts";

/** A client's own place. Database and user have the client's name. */
export interface Account {
  /** The client, its database, its first user and its access key id. */
  readonly name: string;
  readonly secretId: string;
}

/** Creates it. */
export async function createAccount(name: string, world: World): Promise<Account> {
  const { servers, client, store, adminSecretId } = world;
  const secretId = `demo/${name}`;
  const createSecret = async (value: object) => {
    await client.createSecret({ Name: secretId, SecretString: JSON.stringify(value) });
  };
  await servers.createAccount({ name, secretId, adminSecretId, store, createSecret });
  return { name, secretId };
}
