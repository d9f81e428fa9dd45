/** A kind of database that the demo can run on. Each folder here holds one. */

import type { RotationStore, RotationTarget } from "../../../core/rotation/mod.ts";
import type { Server } from "../../../core/client/server.ts";
import type { DatabaseName } from "../client/client.ts";

/** A credential as the store keeps it. */
export type SecretValue = Readonly<Record<string, string | number>>;

/** A row of a client's table, as the database has kept it. */
export interface KeptRow {
  readonly id: string;
  readonly tx: string | null;
}

/** Counts every client's connections from outside. */
export interface ConnectionCounter {
  /** The connections to each database, all at one moment. */
  count(): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

/** What a client has to itself: a database of its name, and a user in it whom a secret names. */
export interface NewAccount {
  /** The client; also its database and its first user. */
  readonly name: string;
  readonly secretId: string;
  readonly adminSecretId: string;
  readonly store: RotationStore;
  /** Puts the account's credential into the store. */
  readonly createSecret: (value: SecretValue) => Promise<void>;
}

/** A running primary, and its replica if the load runs there. Disposing of it leaves nothing behind. */
export interface DemoServers extends AsyncDisposable {
  /** Where the load runs. */
  readonly loaded: Server;
  /** How late the replica is, in milliseconds. */
  readonly replicaLagMs: number;
  /** The rotator's view of the primary. Its logins are not counted as a client's. */
  readonly target: RotationTarget;
  /** Creates the admin of the rotator, who is no superuser. Returns its credential. */
  createAdmin(): Promise<SecretValue>;
  /** Creates database, user and tables, as the owner of an app would. */
  createAccount(account: NewAccount): Promise<void>;
  /** Waits until the replica, if there is one, has all that was done on the primary. */
  waitForReplay(): Promise<void>;
  /** Locks a user out who is not used any more, and ends his sessions. Returns how many those were. */
  retire(user: string, database: string): Promise<number>;
  /** Logins of clients to a database that the loaded server refused, by its own log. */
  failedLogins(database: string): Promise<number>;
  counter(): ConnectionCounter;
  /** What is in a client's table on the primary. */
  keptRows(database: string): Promise<readonly KeptRow[]>;
}

/** A kind of database. */
export interface DemoDatabase {
  readonly name: DatabaseName;
  /** Starts servers; the replica, if one is wanted, is so late. */
  start(replicaLagMs: number | undefined): Promise<DemoServers>;
}

/** A password that nobody knows yet. */
export function randomPassword(): string {
  return crypto.randomUUID() + crypto.randomUUID();
}
