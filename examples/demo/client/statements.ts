/** The statements of the load, whatever the driver. */

import type { CredentialProvider } from "@rekey/orm";
import type { ClientConfig } from "./client.ts";

/** A row to be written: alone, or as one of several under one `tx`. */
export interface Item {
  // From the client, so that a row is known also when its acknowledgement is lost.
  readonly id: string;
  readonly worker: number;
  readonly tx?: string;
  readonly n: number;
}

/** What a worker has the database do, through drizzle. */
export interface Statements {
  /** The row of the catalog with this id. */
  one(id: number): Promise<readonly unknown[]>;
  /** The ten last rows of the catalog. */
  last(): Promise<readonly unknown[]>;
  insert(item: Item): Promise<unknown>;
  transaction(
    body: (statements: Statements) => Promise<void>,
    accessMode: "read only" | "read write",
  ): Promise<void>;
}

/** A connected client. */
export interface ConnectedClient {
  readonly statements: Statements;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** A credential as an app reads it from the store. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A driver: alone, and with this package. */
export interface Driver {
  /** As a careful user of the driver writes it. `login` is cached for the TTL. */
  alone(config: ClientConfig, login: () => Promise<Login>): Promise<ConnectedClient>;
  /** With a rotating client around it. */
  rotating(
    config: ClientConfig,
    credentials: CredentialProvider,
    loginBudgetMs: number,
  ): ConnectedClient;
}

/** Rows of the catalog, with the ids from 1. */
export const catalogRows = 1_000;
/** Rows that one transaction writes. */
export const rowsOfTransaction = 3;

/** Loads the driver of the config's database, and no other. */
export async function loadDriver({ database: { kind } }: ClientConfig): Promise<Driver> {
  if (kind === "postgres") return (await import("./drivers/postgres_js.ts")).postgresJs;
  return (await import("./drivers/mysql2.ts")).mysql2;
}
