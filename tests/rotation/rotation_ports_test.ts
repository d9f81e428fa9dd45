import assert from "node:assert/strict";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import postgres from "postgres";
import {
  rotationStore,
  secretsManager,
  type SecretsManagerRotator,
} from "../../adapters/aws/mod.ts";
import type { SecretsManagerReader } from "../../adapters/aws/mod.ts";
import {
  type DriverSql,
  type PostgresFactory,
  type PostgresLogin,
  postgresTarget,
} from "../../adapters/postgres/mod.ts";

Deno.test("the SDK's client and the driver's types fit the ports", () => {
  // What is asserted here is asserted by the compiler.
  const fits = {
    reader: (client: SecretsManager): SecretsManagerReader => client,
    rotator: (client: SecretsManager): SecretsManagerRotator => client,
    sql: (sql: postgres.Sql): DriverSql => sql,
    typed: (sql: postgres.Sql<{ bigint: bigint }>): DriverSql => sql,
    login: (login: PostgresLogin): postgres.Options<Record<never, never>> => login,
    factory: ((login) => postgres({ ssl: "verify-full", ...login })) satisfies PostgresFactory,
    typedFactory:
      ((login) =>
        postgres({ types: { bigint: postgres.BigInt }, ...login })) satisfies PostgresFactory,
  };
  assert.equal(typeof postgresTarget(fits.factory).login, "function");
  const client = unconnected();
  assert.equal(typeof rotationStore(fits.rotator(client)).read, "function");
  assert.equal(secretsManager(fits.reader(client), "prod/app").name, "prod/app");
});

Deno.test("what is no client of that shape does not fit", () => {
  // @ts-expect-error a client of commands has no methods
  const wrong: SecretsManagerReader = { send: () => Promise.resolve({}) };
  assert.throws(() => secretsManager(wrong, "prod/app"), { code: "INVALID_OPTION" });
  assert.throws(
    () => secretsManager(unconnected(), ""),
    { code: "INVALID_OPTION" },
  );
});

/** Not constructed: the constructor begins to read the configuration files of the machine. */
function unconnected(): SecretsManager {
  return Object.create(SecretsManager.prototype);
}
