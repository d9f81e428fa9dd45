/** The subset of mysql2 3 that this adapter relies on. */

/** What `rotatingMysql` and `mysqlTarget` hand to the user's factory, to be spread into the options. */
export interface MysqlLogin {
  /** Host name or address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** The user to log in as. The password is given to the driver by other means. */
  readonly user: string;
  /** One physical connection a driver's pool: the pool is ours. */
  readonly connectionLimit: 1;
  /** As many: the driver would watch for idle ones with a timer. */
  readonly maxIdle: 1;
}

/** What a driver's pool keeps of its options; the part that is read, and on our own pools written. */
export interface DriverConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly socketPath: string | undefined;
  readonly trace: boolean;
  ssl: unknown;
  database: unknown;
  connectTimeout: number;
  password: unknown;
  readonly passwordSha1: unknown;
}

/** The pool behind a promise pool. */
export interface CorePool {
  readonly config: {
    readonly connectionConfig: DriverConfig;
    readonly connectionLimit: number;
    readonly queueLimit?: number;
    readonly waitForConnections?: boolean;
    readonly resetOnRelease?: boolean;
  };
  /** Also those that are being opened. Not documented: what it is used for goes on without it. */
  readonly _allConnections?: { get(index: number): CoreConnection | undefined };
  getConnection(callback: (error: unknown, connection?: CoreConnection) => void): void;
  end(callback?: (error?: unknown) => void): void;
  emit(event: string, ...args: unknown[]): boolean;
}

/** What can be made of a command that tells of its end by events. */
export interface RowStream {
  destroy(): void;
  listenerCount(event: string): number;
}

/** Called when a command is answered. */
export type Answer = (error: unknown, rows?: unknown, fields?: unknown) => void;

/** A command on its way; without `onResult` it tells of its end by events. */
export interface Command {
  onResult?: Answer;
  /** What it waits for: nothing when it has ended. */
  readonly next?: unknown;
  stream?(options?: unknown): RowStream;
  listenerCount(event: string): number;
  emit(event: string, ...args: unknown[]): boolean;
  on(event: string, listener: (argument?: unknown) => void): unknown;
  once(event: string, listener: () => void): unknown;
}

/** What the server has prepared for a connection. */
export interface PreparedStatement {
  readonly query: string;
  /** Undefined on a connection that is closed. */
  execute(...args: unknown[]): Command | undefined;
}

/** The connection behind a promise connection. */
export interface CoreConnection {
  readonly config: { password: unknown };
  readonly stream: {
    readonly closed: boolean;
    destroy(): void;
    emit(event: string, ...args: unknown[]): boolean;
    once(event: string, listener: () => void): unknown;
  };
  query(...args: unknown[]): Command;
  execute(...args: unknown[]): Command;
  prepare(
    options: unknown,
    callback: (error: unknown, statement?: PreparedStatement) => void,
  ): unknown;
  ping(callback: (error: unknown) => void): unknown;
  reset(callback: (error: unknown) => void): unknown;
  on(event: string, listener: (error?: unknown) => void): unknown;
  release(): void;
  destroy(): void;
  end(callback?: () => void): void;
}

/** A connection of a promise pool. */
export interface DriverConnection {
  /** The connection inside. */
  readonly connection: unknown;
}

/** The subset of a pool of `mysql2/promise`. */
export interface DriverPool {
  /** The pool inside. */
  readonly pool: unknown;
  /** Gives a connection. */
  getConnection(): Promise<DriverConnection>;
  /** Closes the pool. */
  end(): Promise<void>;
}

/** The user's factory: makes a pool of `mysql2/promise` from the login and the user's own options. */
export type MysqlFactory<P extends DriverPool = DriverPool> = (login: MysqlLogin) => P;

/** The pool behind a promise pool. */
export function corePool(pool: DriverPool): CorePool {
  return pool.pool as CorePool;
}
