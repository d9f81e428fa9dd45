/** What the facts ask of an adapter, its driver and a server of the driver's kind. */

import type { ClientOptions } from "../../../core/client/options.ts";
import type { Rotation } from "../../../core/client/rotation.ts";
import type { ServerTls } from "../../servers/common/tls.ts";

/** A user of the database, and what he logs in with. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A session as the server knows it. */
export interface Session {
  readonly id: number;
  /** Whether a statement of it is being executed. */
  readonly running: boolean;
}

/** Where a client connects to. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A server, and what its administrator does and sees. */
export interface TestServer extends Address, AsyncDisposable {
  /** Offered to clients that want it. */
  readonly tls: ServerTls;
  /** The user may use every table. */
  createUser(login: Login): Promise<void>;
  setPassword(login: Login): Promise<void>;
  /** At most so many sessions of the user from now on; any number when left out. */
  limitSessions(username: string, most?: number): Promise<void>;
  /** Creates an empty table with the column `id`, which may hold a number twice. */
  createTable(name: string): Promise<void>;
  /** What is in a table, in order. */
  ids(table: string): Promise<number[]>;
  sessions(username: string): Promise<Session[]>;
  /** Ends the sessions of a user and waits until they are gone. */
  kill(username: string): Promise<void>;
  /** Keeps everybody from the table until the end of the scope. */
  lock(table: string): Promise<AsyncDisposable>;
  /** How often the server has refused a login of this user. */
  failedLogins(username: string): Promise<number>;
  /** Ends the server without a word. */
  crash(): Promise<void>;
  /** Starts it again on the same port and data. */
  comeBack(): Promise<void>;
}

/** What can be asked of a client, of a transaction and of a reserved connection. */
export interface Statements {
  /** Has the server give `n` back. */
  echo(n: number): Promise<number>;
  /** The number of the session that answers. */
  session(): Promise<number>;
  /** As whom the session has logged in. */
  user(): Promise<string>;
  /** How many sessions the user has, as this session sees it. */
  countSessions(): Promise<number>;
  /** Whether the session is encrypted. */
  encrypted(): Promise<boolean>;
  /** Inserts a row; it is executed as soon as the server has read it. */
  insert(table: string, id: number): Promise<unknown>;
  /** The same with parameters, for which the server has to understand the statement first. */
  insertPrepared(table: string, id: number): Promise<unknown>;
  /** A statement that takes so long. */
  sleep(seconds: number): Promise<unknown>;
  /** A statement that the server refuses. */
  fail(): Promise<never>;
}

/** A connection that the caller has to himself. */
export interface Reserved extends Statements {
  /** The connection itself. */
  readonly value: object;
  release(): void;
}

/** A rotating client. */
export interface Client extends Statements {
  /** The client itself. */
  readonly value: object;
  readonly rotation: Rotation;
  /** Commits when `body` is done, rolls back when it throws. */
  transaction<T>(body: (statements: Statements) => Promise<T>): Promise<T>;
  reserve(): Promise<Reserved>;
  end(): Promise<unknown>;
}

/** Options that go to the driver. */
export interface DriverOptions {
  readonly database?: string;
  readonly ssl?: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
}

/** What a factory does wrong. */
export type FactoryFault = "user" | "password" | "host" | "port" | "limit" | "nothing";

/** How a client is made. */
export interface ClientRequest {
  readonly options: ClientOptions;
  readonly driver?: DriverOptions;
  readonly fault?: FactoryFault;
}

/** How a server is started. */
export interface StartOptions {
  /**
   * The DNS names that its certificate is for.
   * @default {["localhost"]}
   */
  readonly names?: readonly string[];
  /**
   * Whether what is committed survives a crash.
   * @default {false}
   */
  readonly durable?: boolean;
}

/** One adapter with one kind of server. */
export interface Subject {
  /** What the driver says of a connection that was lost under a statement. */
  readonly lostCodes: readonly string[];
  /** What the server says of a wrong password. */
  readonly rejectedCode: string;
  /** What the server says of a database that does not exist. */
  readonly noDatabaseCode: string;
  start(options?: StartOptions): Promise<TestServer>;
  /** Throws what the adapter throws. */
  client(request: ClientRequest): Client;
  /** A client of the bare driver that was given a password as a text; it does not connect. */
  bare(login: Login): { readonly value: object; end(): Promise<void> };
}
