/** What the tests of a rotating client and of the rotator ask of a driver and its server. */

import type { RotationTarget } from "@rekey/orm/rotation";
import type { ClientOptions, Rotation } from "@rekey/orm/postgres";
import type { Login, ServerAddress } from "./surroundings.ts";

/** A rotating client. */
export interface Client {
  /** The client itself. */
  readonly value: object;
  readonly rotation: Rotation;
  /** Has the server give `n` back, by a statement with a parameter. */
  echo(n: number): Promise<number>;
  /** As whom the session has logged in. */
  user(): Promise<string>;
  /** Whether the session is encrypted. */
  encrypted(): Promise<boolean>;
  /** Inserts both rows in one transaction, which fails at its end when told to. */
  insertBoth(table: string, ids: readonly [number, number], fail: boolean): Promise<void>;
  end(): Promise<unknown>;
}

/** A server, seen by its administrator, with the driver that is used there. */
export interface Database {
  /** The engine, as secrets name it. */
  readonly engine: string;
  readonly server: ServerAddress;
  readonly target: RotationTarget;
  /** The user may use every table. */
  createUser(login: Login): Promise<void>;
  setPassword(login: Login): Promise<void>;
  createTable(name: string): Promise<void>;
  ids(table: string): Promise<number[]>;
  /** How many sessions a user has; on MySQL, one that was refused counts for a moment. */
  sessions(username: string): Promise<number>;
  /** Ends the sessions of a user; returns how many there were. */
  kill(username: string): Promise<number>;
  /** Without an authority the client asks for no TLS. */
  client(options: ClientOptions, authority?: string): Client;
  end(): Promise<unknown>;
}
