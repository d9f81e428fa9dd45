/** postgres.js that lives through rotation. */

import { RekeyError } from "../../core/errors.ts";
import { type ClientOptions, resolveClientOptions } from "../../core/client/options.ts";
import { makeClient, type Rotation } from "../../core/client/rotation.ts";
import { maxResent } from "../../core/statement/delivery.ts";
import { makeFront } from "./driver/front.ts";
import { defaultPort } from "./driver/open.ts";
import type { DriverQuery, DriverSql, PostgresFactory } from "./driver/port.ts";
import { cloneQuery, type RotatingQuery, rotatingQueryClass } from "./driver/rotating_query.ts";
import { OwnedConnection } from "./owned_connection.ts";
import { PostgresPoolDriver } from "./pool_driver.ts";
import { makeSql } from "./sql.ts";
import { cancelQuery, dispatchQuery } from "./dispatch.ts";
import { Listener } from "./listener.ts";
import { type DriverSubscribe, Subscriber } from "./subscriber.ts";
import { BeginLostError, type Body, transact } from "./transaction.ts";

/** Options of {@linkcode rotatingPostgres}. */
export type RotatingPostgresOptions = ClientOptions;

/** The driver's `sql`, with `rotation`. */
export type RotatingSql<S> = S & { readonly rotation: Rotation } & AsyncDisposable;

/**
 * A postgres.js client that looks and types like the one of the factory, and whose connections log
 * in with whatever credential is valid: also between "changed in the database" and "known to the
 * app", on a replica that lags, and when the username changes.
 *
 * No statement fails for want of a valid credential. One on the wire of a killed session is rejected
 * with the driver's code and `possiblyExecuted: true`; it is never run a second time.
 *
 * @param factory makes an instance of postgres.js 3.4.8 or later; it must spread `login` into the options
 * @throws {RekeyError} `INVALID_OPTION`, `UNSUPPORTED_DRIVER`; statements reject with
 * `LOGIN_BUDGET_EXHAUSTED`, `LOGIN_REFUSED`, `TLS_REQUIRED`, `CLOSED`, and what the provider throws
 *
 * @example
 * ```ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import { drizzle } from "drizzle-orm/postgres-js";
 * import postgres from "postgres";
 * import { credentialProvider } from "@rekey/orm";
 * import { secretsManager } from "@rekey/orm/aws";
 * import { rotatingPostgres } from "@rekey/orm/postgres";
 *
 * const client = new SecretsManager({ region: "eu-west-1" });
 * const credentials = credentialProvider(secretsManager(client, "prod/app-db"));
 * const sql = rotatingPostgres(
 *   (login) => postgres({ database: "app", ssl: "verify-full", ...login }),
 *   { credentials, max: 10 },
 * );
 * const db = drizzle({ client: sql });
 * await sql.end();
 * credentials.close();
 * ```
 */
export function rotatingPostgres<S extends DriverSql>(
  factory: PostgresFactory<S>,
  options: RotatingPostgresOptions,
): RotatingSql<S> {
  const resolved = resolveClientOptions(options, defaultPort);
  const front = makeFront(factory);
  const Query = rotatingQueryClass(front.Query);

  const resend = (query: RotatingQuery) => {
    const again = cloneQuery(Query, query);
    // Not within the driver's own handling of the loss.
    queueMicrotask(() => handler(again));
  };
  const driver = new PostgresPoolDriver(factory, front, resolved, resend);
  const { pool, endpoint, rotation } = makeClient(driver, resolved);
  driver.pool = pool;

  const handler = (query: DriverQuery) => dispatchQuery(driver, query);
  const cancel = (query: DriverQuery) => cancelQuery(driver, query);
  const parts = { front, Query, cancel };
  const { clock, random } = resolved;
  const listener = new Listener({ connections: driver, parts, clock, random, max: resolved.max });
  driver.onSwap = () => listener.moved();
  const subscriber = new Subscriber({
    ...resolved,
    endpoint,
    connect: (...args) => driver.replicate(...args),
  });

  const begin = async (first: string | Body, second?: Body) => {
    const [options, body] = typeof first === "function" ? ["", first] : [first, second!];
    for (let attempt = 0;; attempt++) {
      const connection = await OwnedConnection.take(driver);
      try {
        return await transact(parts, connection, options, body);
      } catch (error) {
        if (!(error instanceof BeginLostError)) throw error;
        if (attempt >= maxResent) throw error.cause;
      } finally {
        connection.release();
      }
    }
  };
  const reserve = async () => {
    const connection = await OwnedConnection.take(driver);
    const release = () => connection.release();
    return Object.assign(makeSql(parts, (query) => connection.send(query)), { release });
  };
  const end = async ({ timeout = 30 }: { timeout?: number | null } = {}) => {
    listener.end();
    subscriber.end();
    await pool.end((timeout ?? 30) * 1_000);
  };
  // The driver's large objects are written on `begin`; on the front they find ours.
  Object.assign(front.sql, { begin });

  const sql = Object.assign(makeSql(parts, handler), {
    begin,
    reserve,
    listen: (channel: string, fn: (payload: string) => void, onlisten?: () => void) =>
      listener.listen(channel, fn, onlisten),
    subscribe: (...args: Parameters<DriverSubscribe>) => subscriber.subscribe(...args),
    end,
    close: end,
    options: front.options,
    ...pickConstants(front.sql),
    rotation,
    [Symbol.asyncDispose]: () => end(),
  });
  Object.defineProperty(sql, "parameters", {
    enumerable: true,
    get: () => front.options.parameters,
  });
  return sql as unknown as RotatingSql<S>;
}

function pickConstants(sql: unknown): Record<string, unknown> {
  const { CLOSE, END, PostgresError, largeObject } = sql as Record<string, unknown>;
  if (typeof PostgresError !== "function") {
    throw new RekeyError("UNSUPPORTED_DRIVER", "This postgres.js has no PostgresError.");
  }
  return { CLOSE, END, PostgresError, largeObject };
}
