/** Opens one physical connection with one immutable credential. */

import type { ConnectOptions, ServerLogin } from "../../../core/client/server.ts";
import { deferred } from "../../../core/deferred.ts";
import { RekeyError } from "../../../core/errors.ts";
import { addArrayTypes, arrayTypesQuery } from "./array_types.ts";
import type {
  DriverConnection,
  DriverOptions,
  DriverSql,
  PostgresFactory,
  PostgresLogin,
} from "./port.ts";
import { type SingleUseSocket, singleUseSocket } from "./socket.ts";
import { assertProtected } from "./transport.ts";

/** Where and as whom to connect. */
export interface OpenRequest extends ServerLogin {
  /** Hears the notifications of this connection. */
  readonly onNotification?: (channel: string, payload: string) => void;
}

/** How to connect. */
export interface OpenOptions extends ConnectOptions {
  /** Changes the instance before it connects. */
  readonly prepare?: (options: DriverOptions) => void;
}

/** A logged-in connection. */
export interface OpenedConnection<S extends DriverSql> {
  readonly sql: S;
  readonly socket: SingleUseSocket;
  /** The connection inside the instance. */
  readonly connection: DriverConnection;
}

/** What it takes to close a connection. */
export type Closable = Pick<OpenedConnection<DriverSql>, "sql" | "socket">;

interface RawQuery {
  raw(): PromiseLike<readonly unknown[]>;
}

/** The server's port when nobody names one. */
export const defaultPort = 5432;

/** What the factory gets: spread into the driver's options by the user. */
export function loginOf(request: OpenRequest): PostgresLogin {
  const { host, port, username, password, onNotification } = request;
  return {
    host,
    port,
    user: username,
    password: () => password.reveal(),
    max: 1,
    idle_timeout: 0,
    max_lifetime: 0,
    onnotify: onNotification ?? (() => {}),
  };
}

/**
 * Resolves when the server has accepted the login and is ready for a statement. Rejects with the
 * driver's error, or with `CONNECT_TIMEOUT`, and leaves nothing behind then.
 */
export async function openConnection<S extends DriverSql>(
  factory: PostgresFactory<S>,
  request: OpenRequest,
  { clock, timeoutMs, allowInsecureTransport, prepare }: OpenOptions,
): Promise<OpenedConnection<S>> {
  const login = loginOf(request);
  const sql = factory(login);
  const options = sql.options as DriverOptions;
  assertSpread(options, login);
  assertProtected(options, allowInsecureTransport);
  const socket = singleUseSocket(options.socket);
  options.socket = socket.factory;
  const fetchTypes = options.fetch_types;
  options.fetch_types = false;
  prepare?.(options);

  let connection: DriverConnection | undefined;
  // The driver says nothing while a socket of the user's own is still to come.
  const late = deferred<never>();
  const timer = clock.setTimer(timeoutMs, () => late.reject(timeout(options, timeoutMs)));
  try {
    // The driver logs in for this statement. An empty one costs the server nothing.
    const first = sql.unsafe(fetchTypes ? arrayTypesQuery : "", [], {
      onexecute(taken: DriverConnection) {
        connection = taken;
        return true;
      },
    }) as unknown as RawQuery;
    const rows = await Promise.race([first.raw(), late.promise]);
    if (fetchTypes) addArrayTypes(options, rows);
    return { sql, socket, connection: connection! };
  } catch (error) {
    await closeConnection({ sql, socket }, 0);
    throw error;
  } finally {
    timer.cancel();
  }
}

/**
 * Opens a connection on which the driver's own queue and transactions are used. When it is lost its
 * instance ends, so that every later statement is rejected. (The driver alone sends the rollback of
 * a lost transaction to a socket that is gone: an error that no caller gets, and that ends the
 * process.)
 */
export async function openSession<S extends DriverSql>(
  factory: PostgresFactory<S>,
  request: OpenRequest,
  options: OpenOptions,
): Promise<OpenedConnection<S>> {
  const opened = await openConnection(factory, request, options);
  const { sql, connection } = opened;
  const driver = sql.options as DriverOptions;
  const own = driver.onclose;
  driver.onclose = (id) => {
    connection.terminate();
    sql.end({ timeout: 0 }).catch(() => {});
    own?.(id);
  };
  return opened;
}

/**
 * Closes a connection: statements under way get `graceMs`, in milliseconds. With 0 the socket is cut
 * at once, whether or not it was connected yet. Never rejects.
 */
export async function closeConnection({ sql, socket }: Closable, graceMs: number): Promise<void> {
  if (graceMs === 0) socket.destroy();
  // Waited for when cut as well, a turn of the event loop: the driver's own timers are gone then.
  await sql.end({ timeout: graceMs / 1_000 }).catch(() => {});
  socket.destroy();
}

/** Refuses a factory that does not pass on what it was given. */
export function assertSpread(options: DriverOptions, login: PostgresLogin): void {
  const fault = options.target_session_attrs
    ? "sets target_session_attrs; give each host an instance of its own"
    : options.host.length !== 1 || options.port.length !== 1
    ? "names several hosts; give each host an instance of its own"
    : login.host.includes(":") && options.host[0] !== login.host
    // The driver takes what follows the first colon for a port, and would dial this machine.
    ? `cannot pass on the IPv6 address ${login.host}, which the driver cuts off; use a host name`
    : options.user !== login.user
    ? "does not pass on user"
    : options.pass !== login.password
    ? "sets a password of its own, perhaps as pass; leave it out"
    : options.host[0] !== login.host
    ? "sets a host of its own; give it to the function that takes the factory"
    : options.port[0] !== login.port
    ? "sets a port of its own; give it to the function that takes the factory"
    : options.max !== 1
    ? "does not pass on max: 1"
    : undefined;
  if (fault === undefined) return;
  throw new RekeyError(
    "INVALID_OPTION",
    `The factory ${fault}. Spread the login last: (login) => postgres({ ...options, ...login }).`,
  );
}

function timeout(options: DriverOptions, timeoutMs: number): Error {
  const code = "CONNECT_TIMEOUT";
  const where = `${options.host[0]}:${options.port[0]}`;
  return Object.assign(new Error(`write ${code} ${where} after ${timeoutMs} ms`), {
    code,
    errno: code,
  });
}
