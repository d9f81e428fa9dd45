/** Opens one physical connection with one immutable credential. */

import type { Clock } from "../../../core/clock.ts";
import { RekeyError } from "../../../core/errors.ts";
import type { Secret } from "../../../core/secret.ts";
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
export interface OpenRequest {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: Secret;
}

/** How to connect. */
export interface OpenOptions {
  readonly clock: Clock;
  /** When to give up, in milliseconds from now. */
  readonly timeoutMs: number;
  readonly allowInsecureTransport: boolean;
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

/** The server's port when nobody names one. */
export const defaultPort = 5432;

/** What the factory gets: spread into the driver's options by the user. */
export function loginOf(request: OpenRequest): PostgresLogin {
  const { host, port, username, password } = request;
  return {
    host,
    port,
    user: username,
    password: () => password.reveal(),
    max: 1,
    idle_timeout: 0,
    max_lifetime: 0,
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
  const sql = factory(loginOf(request));
  const options = sql.options as DriverOptions;
  assertSpread(options, request);
  assertProtected(options, allowInsecureTransport);
  const socket = singleUseSocket(options.socket);
  options.socket = socket.factory;
  prepare?.(options);

  let connection: DriverConnection | undefined;
  let timedOut = false;
  const timer = clock.setTimer(timeoutMs, () => {
    timedOut = true;
    socket.destroy();
  });
  try {
    // An empty statement: the driver logs in for it, and the server answers without work.
    await sql.unsafe("", [], {
      onexecute(taken: DriverConnection) {
        connection = taken;
        return true;
      },
    });
    return { sql, socket, connection: connection! };
  } catch (error) {
    socket.destroy();
    sql.end({ timeout: 0 }).catch(() => {});
    throw timedOut ? timeout(options, timeoutMs) : error;
  } finally {
    timer.cancel();
  }
}

/** Refuses a factory that does not pass on what it was given. */
export function assertSpread(options: DriverOptions, request: OpenRequest): void {
  const fault = options.target_session_attrs
    ? "sets target_session_attrs; give each host an instance of its own"
    : options.host.length !== 1 || options.port.length !== 1
    ? "names several hosts; give each host an instance of its own"
    : options.user !== request.username
    ? "does not pass on user"
    : options.host[0] !== request.host
    ? "sets a host of its own; give it to the function that takes the factory"
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
