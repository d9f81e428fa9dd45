/** An app as its readers write it: SDK client, provider, rotating client, drizzle. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import {
  type CredentialProvider,
  credentialProvider,
  type ProviderOptions,
  type RekeyEvent,
} from "../../mod.ts";
import { secretsManager } from "../../adapters/aws/mod.ts";
import {
  rotatingPostgres,
  type RotatingPostgresOptions,
  type RotatingSql,
} from "../../adapters/postgres/mod.ts";
import type { App } from "../rotation/fixture.ts";

/** How a client differs from the usual one. */
export interface ClientOptions {
  readonly provider?: ProviderOptions;
  readonly pool?: Partial<RotatingPostgresOptions>;
  /** The driver's options. */
  readonly driver?: postgres.Options<Record<never, postgres.PostgresType>>;
  /** How often the SDK tries a request. @default {the SDK's own number} */
  readonly maxAttempts?: number;
}

/** A client process, less the process. */
export interface Client extends AsyncDisposable {
  readonly credentials: CredentialProvider;
  readonly sql: RotatingSql<postgres.Sql>;
  readonly db: PostgresJsDatabase;
  /** The events of provider and pool, in their order. */
  readonly events: RekeyEvent[];
  /** What tells its calls apart in the log of the store and in the store's faults. */
  readonly accessKeyId: string;
}

/** A database of the app's own: the rotator logs in to another one, so its logins do not count. */
export async function createDatabase(app: App): Promise<string> {
  const admin = app.server.admin();
  const name = `${app.user}_database`;
  await admin.unsafe(`create database ${name} owner ${app.owner}`);
  return name;
}

/** Builds the client. Nothing connects before the first statement. */
export function startClient(app: App, database: string, options: ClientOptions = {}): Client {
  const { maxAttempts } = options;
  const accessKeyId = `${app.secretId}-client`;
  const store = new SecretsManager({
    ...app.double.clientConfig(accessKeyId),
    ...maxAttempts !== undefined && { maxAttempts },
  });
  const events: RekeyEvent[] = [];
  const onEvent = (event: RekeyEvent) => void events.push(event);
  const credentials = credentialProvider(secretsManager(store, app.secretId), {
    ttlMs: 300,
    onEvent,
    ...options.provider,
  });
  const sql = rotatingPostgres(
    (login) => postgres({ database, onnotice: () => {}, ...options.driver, ...login }),
    { credentials, max: 4, onEvent, ...options.pool },
  );
  let db: PostgresJsDatabase | undefined;
  return {
    credentials,
    sql,
    // When it is asked for: drizzle changes the parsers of the client, and each release others.
    get db() {
      return db ??= drizzle({ client: sql });
    },
    events,
    accessKeyId,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 2 });
      credentials.close();
      store.destroy();
    },
  };
}
