/** What a client of the demo is. Each file of the folder `clients` holds one. */

import type { ConnectedClient } from "./statements.ts";

/** The databases that the demo can run on. */
export type DatabaseName = "postgres" | "mysql" | "mariadb";

/** What a client is given: the same for all but for names and places. */
export interface ClientConfig {
  /** Where the load runs. In the replica scenarios this is not the host and port of the secret. */
  readonly host: string;
  readonly port: number;
  readonly database: { readonly kind: DatabaseName; readonly name: string };
  /** The secret with the client's credential, in the store. */
  readonly secretId: string;
  /** What an SDK client for the store is constructed with. */
  readonly store: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The most connections it may have. */
  readonly maxConnections: number;
  /** How long a connection may live, in milliseconds, without jitter. */
  readonly recycleMs: number;
  /** How long a credential may be used after it was read, in milliseconds. */
  readonly ttlMs: number;
}

/** A way to connect; what a file of the folder `clients` exports as `client`. */
export interface DemoClient {
  /**
   * Whether its errors say, as `possiblyExecuted`, if a lost statement may have run. For a client
   * that does not, it is guessed from the codes of a lost connection.
   */
  readonly knowsWhatRan: boolean;
  connect(config: ClientConfig): Promise<ConnectedClient>;
}
