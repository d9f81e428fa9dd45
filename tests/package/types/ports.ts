/** What people have fits what the package asks for. */

import type { SecretsManager, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import mysql from "mysql2/promise";
import postgres from "postgres";
import type { SecretSource } from "@rekey/orm";
import { credentialProvider, Secret } from "@rekey/orm";
import { rotationStore, secretsManager } from "@rekey/orm/aws";
import type { SecretsManagerReader, SecretsManagerRotator } from "@rekey/orm/aws";
import { mysqlTarget } from "@rekey/orm/mysql2";
import type { DriverPool, MysqlFactory, MysqlLogin } from "@rekey/orm/mysql2";
import { postgresTarget } from "@rekey/orm/postgres";
import type { DriverSql, PostgresFactory, PostgresLogin } from "@rekey/orm/postgres";
import { rotationHandler, singleUser } from "@rekey/orm/rotation";
import type { RotationStore, RotationTarget } from "@rekey/orm/rotation";

/** The SDK's client is a reader and a rotator. */
export function aws(client: SecretsManager, commands: SecretsManagerClient): void {
  client satisfies SecretsManagerReader;
  client satisfies SecretsManagerRotator;
  secretsManager(client, "prod/app-db") satisfies SecretSource;
  rotationStore(client) satisfies RotationStore;
  // @ts-expect-error the client of commands has no methods
  secretsManager(commands, "prod/app-db");
  // @ts-expect-error the name of the secret is missing
  secretsManager(client);
}

/** What postgres.js makes is an instance, and takes the login. */
export function ofPostgres(
  sql: postgres.Sql,
  typed: postgres.Sql<{ bigint: bigint }>,
  login: PostgresLogin,
): void {
  sql satisfies DriverSql;
  typed satisfies DriverSql;
  login satisfies postgres.Options<Record<never, never>>;
  ((login) => postgres({ ssl: "verify-full", ...login })) satisfies PostgresFactory;
  postgresTarget((login) => postgres({ ...login })) satisfies RotationTarget;
  // @ts-expect-error a pool of mysql2 is no instance of postgres.js
  postgresTarget((login) => mysql.createPool({ host: login.host }));
  // @ts-expect-error the option is misspelt
  postgresTarget((login) => postgres({ ...login }), { connectTimeout: 1 });
}

/** What mysql2 makes is a pool, and takes the login. */
export function ofMysql(pool: mysql.Pool, login: MysqlLogin): void {
  pool satisfies DriverPool;
  login satisfies mysql.PoolOptions;
  ((login) => mysql.createPool({ ssl: {}, ...login })) satisfies MysqlFactory;
  mysqlTarget((login) => mysql.createPool({ ...login })) satisfies RotationTarget;
  // @ts-expect-error a single connection is no pool
  mysqlTarget((login) => mysql.createConnection({ ...login }));
}

/** Options are checked. */
export function options(source: SecretSource, store: RotationStore, target: RotationTarget): void {
  credentialProvider(source, { ttlMs: 60_000 });
  // @ts-expect-error the option is misspelt
  credentialProvider(source, { ttl: 60_000 });
  rotationHandler({ store, target, strategy: singleUser() });
  // @ts-expect-error the strategy is missing
  rotationHandler({ store, target });
  const { name } = source;
  const read = () => Promise.resolve({ versionId: "v1", value: new Secret("{}") });
  credentialProvider({ name, read });
  // @ts-expect-error a value has to be a secret
  credentialProvider({ name, read: () => Promise.resolve({ versionId: "v1", value: "{}" }) });
}
