/** The subset of postgres.js 3.4.8 and later 3.4.x that this adapter relies on. */

/** What `rotatingPostgres` and `postgresTarget` hand to the user's factory, to be spread into the options. */
export interface PostgresLogin {
  /** Host name or address. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** The user to log in as. */
  readonly user: string;
  /** Gives the password; a function, so that no inspector of the driver's options can print it. */
  readonly password: () => string;
  /** One physical connection an instance: the pool is ours. */
  readonly max: 1;
  /** Off: the pool decides which connection is closed when. */
  readonly idle_timeout: 0;
  /** Off: the pool decides which connection is closed when. */
  readonly max_lifetime: 0;
  /** Hands notifications to the connection that listens. Not in the driver's types. */
  readonly onnotify: (channel: string, payload: string) => void;
}

/** Parsed options of a postgres.js instance. */
export interface DriverOptions {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path: string | false | undefined;
  readonly user: string;
  readonly pass: unknown;
  readonly database: string;
  readonly max: number;
  readonly ssl: unknown;
  readonly target_session_attrs: unknown;
  socket: SocketFactory | null | undefined;
  onclose: ((id: number) => void) | undefined;
  fetch_types: boolean;
  readonly transform: { readonly undefined: unknown };
  /** What the server reports of its settings. */
  parameters: Record<string, string>;
  readonly debug: unknown;
  readonly parsers: Record<string, unknown>;
  readonly serializers: Record<string, unknown>;
  readonly shared: { typeArrayMap: Record<string, unknown> };
}

/** A statement of postgres.js, with the fields that tell how far it got. */
export interface DriverQuery extends PromiseLike<unknown> {
  /** Null until a connection has taken it. */
  readonly state: unknown;
  /** True while it is parsed only: the server has not begun to run it. */
  readonly describeFirst: unknown;
  readonly strings: readonly string[];
  readonly args: readonly unknown[];
  readonly options: Record<string, unknown>;
  readonly canceller: unknown;
  readonly handler: (query: DriverQuery) => void;
  cancelled: unknown;
  executed: boolean;
  active: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  catch(onRejected: (error: unknown) => void): Promise<unknown>;
}

/** The class of statements, and what it is constructed from. */
export type DriverQueryClass = new (
  strings: readonly string[],
  args: readonly unknown[],
  handler: (query: DriverQuery) => void,
  canceller: (query: DriverQuery) => unknown,
  options?: Record<string, unknown>,
) => DriverQuery;

/** One connection inside an instance; it is handed out through the option `onexecute`. */
export interface DriverConnection {
  /** Sends a statement. Returns whether one more may follow before the answers are in. */
  execute(query: DriverQuery): unknown;
  /** Rejects whatever is not answered, and takes nothing more. */
  terminate(): void;
  queue: { remove(connection: DriverConnection): void };
  reserved: ((() => void) & { release?: boolean }) | null;
}

/** Makes the socket of a connection; `options.socket` of postgres.js, which its types leave out. */
export type SocketFactory = (options: DriverOptions) => unknown;

/** The subset of a postgres.js instance. */
export interface DriverSql {
  /** The parsed options; read, and on our own instances written. */
  readonly options: unknown;
  /** Runs a text as a statement. */
  // The driver's own types of the arguments differ between releases; they are checked at start.
  // deno-lint-ignore no-explicit-any
  unsafe(query: string, args?: any[], options?: any): PromiseLike<readonly Record<string, any>[]>;
  /** Runs `body` in a transaction. */
  // The driver's own signature differs between releases in details that do not matter here.
  // deno-lint-ignore no-explicit-any
  begin(body: (sql: any) => Promise<any>): Promise<any>;
  /** Closes the instance. */
  end(options?: { timeout?: number }): Promise<void>;
}

/** The user's factory: makes an instance from the login and the user's own options. */
export type PostgresFactory<S extends DriverSql = DriverSql> = (login: PostgresLogin) => S;
