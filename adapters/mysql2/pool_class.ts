/** The pool as the app gets it: the driver's own class, with our pool behind it. */

import type { Rotation } from "../../core/client/rotation.ts";
import type { CoreConnection, CorePool, DriverConnection, DriverPool } from "./driver/port.ts";
import { type OwnedConnection, type OwnedOptions, takeConnection } from "./owned_connection.ts";
import type { MysqlPoolDriver } from "./pool_driver.ts";
import { type Method, refuseCallback, stackOf, Statement, type Text } from "./statement.ts";

/** How long statements under way may take when the pool is ended, in milliseconds. */
const endTimeoutMs = 30_000;

/** What is behind the pool. */
export interface PoolParts extends OwnedOptions {
  readonly driver: MysqlPoolDriver;
  readonly rotation: Rotation;
}

type Base = new (core: unknown, promise: unknown) => { readonly pool: unknown };

/** Makes a pool of the class of `front`, which builds statements and escapes values; it never connects. */
export function makePool(front: DriverPool, parts: PoolParts): DriverPool {
  const base = front.constructor as unknown as Base;
  const { pool, driver, rotation, valuesInErrors } = parts;
  const { trace } = parts.front.config.connectionConfig;

  const end = () => pool.end(endTimeoutMs);
  const run = (method: Method, sql: Text, args: unknown, stack: { stack?: string } | undefined) => {
    // As in the driver: thrown, not rejected.
    refuseCallback(args);
    return new Promise((resolve, reject) => {
      const options = { method, sql, args, valuesInErrors, stack, resolve, reject };
      driver.dispatch(new Statement(options));
    });
  };
  // The same for those who use the pool inside, with callbacks.
  Object.assign(parts.front, callbacks(parts, end));

  class RotatingPool extends base {
    readonly rotation: Rotation = rotation;

    query(sql: Text, args?: unknown): Promise<unknown> {
      return run("query", sql, args, trace ? stackOf(this.query) : undefined);
    }

    execute(sql: Text, args?: unknown): Promise<unknown> {
      return run("execute", sql, args, trace ? stackOf(this.execute) : undefined);
    }

    getConnection(): Promise<OwnedConnection> {
      return takeConnection(parts);
    }

    releaseConnection(connection: OwnedConnection): void {
      connection.release();
    }

    end(): Promise<void> {
      return end();
    }

    [Symbol.asyncDispose](): Promise<void> {
      return end();
    }
  }
  return new RotatingPool(parts.front, Promise) as unknown as DriverPool;
}

function callbacks(
  parts: PoolParts,
  end: () => Promise<void>,
): Pick<CorePool, "getConnection" | "end"> & {
  releaseConnection(connection: CoreConnection): void;
} {
  return {
    getConnection(callback) {
      takeConnection(parts).then(
        ({ connection }: DriverConnection) => callback(null, connection as CoreConnection),
        (error) => callback(error),
      );
    },
    releaseConnection(connection) {
      connection.release();
    },
    end(callback) {
      void end().then(() => callback?.());
    },
  };
}
