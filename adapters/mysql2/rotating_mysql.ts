/** mysql2 that lives through rotation. */

import { type ClientOptions, resolveClientOptions } from "../../core/client/options.ts";
import { makeClient, type Rotation } from "../../core/client/rotation.ts";
import { defaultPort, loginOf, makePool as makeDriverPool } from "./driver/open.ts";
import { corePool, type DriverPool, type MysqlFactory } from "./driver/port.ts";
import { makePool } from "./pool_class.ts";
import { MysqlPoolDriver } from "./pool_driver.ts";

/** Options of {@linkcode rotatingMysql}. */
export interface RotatingMysqlOptions extends ClientOptions {
  /**
   * Whether `sql` of an error shows the statement with its values in it, as the driver writes it.
   * Otherwise it shows the statement as it was given, with its placeholders.
   * @default {false}
   */
  readonly valuesInErrors?: boolean;
}

/** The driver's pool, with `rotation`. */
export type RotatingMysqlPool<P> = P & { readonly rotation: Rotation } & AsyncDisposable;

/**
 * A pool of mysql2 that looks and types like the one of the factory, and whose connections log in
 * with whatever credential is valid: also between "changed in the database" and "known to the app",
 * on a replica that lags, and when the username changes.
 *
 * No statement fails for want of a valid credential. One on the wire of a killed session is rejected
 * with the driver's code and `possiblyExecuted: true`; it is never run a second time.
 *
 * Gotchas:
 * - The certificate is checked for the host's name, which mysql2 alone does not do unless
 *   `ssl.verifyIdentity` says so.
 * - `end()` waits for at most 30 s, then closes what is still in use.
 * - A connection that is released in the middle of a stream is closed.
 * - What a listener of the pool's events throws becomes a warning of the process
 *   (`process.on("warning")`), and the connection is used all the same.
 * - `changeUser` is refused, and so are a `queueLimit` and `waitForConnections: false`.
 *
 * @param factory makes a pool of `mysql2/promise`; it must spread `login` into the options
 * @throws {RekeyError} `INVALID_OPTION`, `UNSUPPORTED_DRIVER`; statements reject with
 * `LOGIN_BUDGET_EXHAUSTED`, `LOGIN_REFUSED`, `TLS_REQUIRED`, `CLOSED`, and what the provider throws
 *
 * @example
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import { drizzle } from "drizzle-orm/mysql2";
 * import mysql from "mysql2/promise";
 * import { credentialProvider } from "@rekey/orm";
 * import { secretsManager } from "@rekey/orm/aws";
 * import { rotatingMysql } from "@rekey/orm/mysql2";
 *
 * const client = new SecretsManager({ region: "eu-west-1" });
 * const credentials = credentialProvider(secretsManager(client, "prod/app-db"));
 * const pool = rotatingMysql(
 *   (login) => mysql.createPool({ database: "app", ssl: {}, ...login }),
 *   { credentials, max: 10 },
 * );
 * const db = drizzle({ client: pool });
 * await pool.end();
 * credentials.close();
 * ```
 */
export function rotatingMysql<P extends DriverPool>(
  factory: MysqlFactory<P>,
  options: RotatingMysqlOptions,
): RotatingMysqlPool<P> {
  const resolved = resolveClientOptions(options, defaultPort);
  const placeholder = { host: "localhost", port: 1, username: "(no login yet)" };
  const front = makeDriverPool(factory, loginOf(placeholder));
  const core = corePool(front);
  const { valuesInErrors = false } = options;
  const driver = new MysqlPoolDriver(factory, core, { ...resolved, valuesInErrors });
  const { pool, rotation } = makeClient(driver, resolved);
  driver.pool = pool;
  const made = makePool(front, { pool, driver, front: core, rotation, valuesInErrors });
  return made as unknown as RotatingMysqlPool<P>;
}
