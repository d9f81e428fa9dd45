/** Opens one physical connection with one immutable credential. */

import type { ConnectOptions, ServerLogin } from "../../../core/client/server.ts";
import type { Clock } from "../../../core/clock.ts";
import { deferred } from "../../../core/deferred.ts";
import { RekeyError } from "../../../core/errors.ts";
import {
  type CoreConnection,
  type CorePool,
  corePool,
  type DriverConnection,
  type DriverPool,
  type MysqlFactory,
  type MysqlLogin,
} from "./port.ts";
import { protect } from "./transport.ts";

/** A logged-in connection, and the driver's pool that it is the only one of. */
export interface OpenedConnection {
  readonly pool: DriverPool;
  readonly connection: DriverConnection;
  readonly core: CoreConnection;
}

/** The server's port when nobody names one. */
export const defaultPort = 3306;

/** How a connection is opened. */
export interface OpenOptions extends ConnectOptions {
  /**
   * Whether listeners that the factory adds hear nothing, since they hear of the connection from
   * another pool.
   */
  readonly silent?: boolean;
  /** Whether the database that the factory names is left out: the user may have no right to it. */
  readonly withoutDatabase?: boolean;
}

/** What the factory gets: spread into the driver's options by the user. */
export function loginOf({ host, port, username }: Omit<ServerLogin, "password">): MysqlLogin {
  return { host, port, user: username, connectionLimit: 1, maxIdle: 1 };
}

/**
 * Resolves when the server has accepted the login. Rejects with the driver's error, or with
 * `ETIMEDOUT`, and leaves nothing behind then.
 *
 * The password is never among the options: the driver's configuration has a property for it that is
 * not enumerable and asks the secret during the handshake, and forgets it after. (The driver copies
 * its configuration into every statement that it makes.)
 */
export async function openConnection(
  factory: MysqlFactory,
  request: ServerLogin,
  { clock, timeoutMs, allowInsecureTransport, silent, withoutDatabase }: OpenOptions,
): Promise<OpenedConnection> {
  const login = loginOf(request);
  const pool = makePool(factory, login);
  const core = corePool(pool);
  if (silent) core.emit = () => false;
  const { connectionConfig } = core.config;
  protect(connectionConfig, allowInsecureTransport);
  // Most releases leave it at that as soon as the server has said anything.
  connectionConfig.connectTimeout = 0;
  if (withoutDatabase) connectionConfig.database = undefined;
  hidden(connectionConfig, () => request.password.reveal());
  const late = deferred<never>();
  const timer = clock.setTimer(timeoutMs, () => late.reject(timeout(login, timeoutMs)));
  let opening: CoreConnection | undefined;
  try {
    const opened = pool.getConnection();
    opening = core._allConnections?.get(0);
    const connection = await Promise.race([opened, late.promise]);
    const inner = connection.connection as CoreConnection;
    hidden(inner.config, () => undefined);
    return { pool, connection, core: inner };
  } catch (error) {
    // The driver leaves it to the server to close, and gives up none by itself.
    if (opening !== undefined) await closeConnection({ pool, core: opening }, clock, 0);
    pool.end().catch(() => {});
    throw error;
  } finally {
    timer.cancel();
    hidden(connectionConfig, () => undefined);
  }
}

/**
 * Closes a connection: what is on its way may be answered within `graceMs`, in milliseconds. With 0
 * the socket is cut at once. Never rejects.
 */
export function closeConnection(
  { pool, core }: Pick<OpenedConnection, "pool" | "core">,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    if (core.stream.closed) return resolve();
    const timer = clock.setTimer(graceMs, () => core.stream.destroy(), true);
    core.stream.once("close", () => {
      timer.cancel();
      resolve();
    });
    if (graceMs === 0) core.stream.destroy();
    // Says goodbye, in its turn, where that is possible at all.
    else pool.end().catch(() => core.stream.destroy());
  });
}

/** Calls the factory, and refuses one that does not pass on what it was given. */
export function makePool<P extends DriverPool>(factory: MysqlFactory<P>, login: MysqlLogin): P {
  const pool = factory(login);
  assertPool(pool);
  const fault = faultOf(pool, login);
  if (fault === undefined) return pool;
  discard(pool);
  throw new RekeyError(
    "INVALID_OPTION",
    `The factory ${fault}. Spread the login last: ` +
      `(login) => mysql.createPool({ ...options, ...login }).`,
  );
}

function faultOf(pool: DriverPool, login: MysqlLogin): string | undefined {
  const { connectionConfig, connectionLimit, queueLimit, waitForConnections } =
    corePool(pool).config;
  return connectionConfig.password !== undefined || connectionConfig.passwordSha1 !== undefined
    ? "sets a password of its own; leave it out"
    : connectionConfig.user !== login.user
    ? "does not pass on user"
    : connectionConfig.host !== login.host
    ? "sets a host of its own; give it to the function that takes the factory"
    : connectionConfig.port !== login.port
    ? "sets a port of its own; give it to the function that takes the factory"
    : connectionLimit !== 1
    ? "does not pass on connectionLimit: 1"
    : queueLimit || waitForConnections === false
    // Statements wait for a valid credential in the same queue as for a connection.
    ? "limits who may wait (queueLimit, waitForConnections), which is not supported; leave it out"
    : undefined;
}

function assertPool(pool: DriverPool | undefined): void {
  const promise = 'import mysql from "mysql2/promise"';
  const made = pool as Partial<DriverPool & { promise: unknown; then: unknown }> | undefined;
  const fault = typeof made?.then === "function"
    ? "returned a promise: pass createPool, not createConnection"
    : typeof made?.promise === "function"
    ? `returned a pool of the callback style: ${promise}`
    : typeof made?.getConnection !== "function" || typeof made.pool !== "object"
    ? `returned no pool of mysql2: ${promise}`
    : undefined;
  if (fault !== undefined) {
    discard(made);
    throw new RekeyError("INVALID_OPTION", `The factory ${fault}.`);
  }
  const { config } = made!.pool as Partial<CorePool>;
  if (typeof config?.connectionConfig === "object" && typeof config.connectionLimit === "number") {
    return;
  }
  throw new RekeyError(
    "UNSUPPORTED_DRIVER",
    `This mysql2 lacks pool.config.connectionConfig. Supported: ${supportedVersions}.`,
  );
}

/** Whatever a factory made may have a timer by now, or be connecting. */
function discard(made: unknown): void {
  const { on } = Object(made) as { on?: unknown };
  if (typeof on === "function") on.call(made, "error", () => {});
  Promise.resolve(made).then((made) => (made as DriverPool).end()).catch(() => {});
}

function timeout({ host, port }: MysqlLogin, timeoutMs: number): Error {
  const code = "ETIMEDOUT";
  const message = `connect ${code} ${host}:${port}: no login after ${timeoutMs} ms`;
  return Object.assign(new Error(message), { code, syscall: "connect" });
}

/** The driver's releases that the tests run on. */
export const supportedVersions = "3.9.8 and later 3.x";

/** The driver, too, sets it, when the server asks for another way to log in or a further factor. */
function hidden(config: { password: unknown }, get: () => unknown): void {
  Object.defineProperty(config, "password", {
    get: () => get(),
    set: (value) => get = () => value,
    enumerable: false,
    configurable: true,
  });
}
