/**
 * Real MySQL and MariaDB servers for tests, benches and the demo. They need nothing installed where
 * apt has a Debian mirror: the programs are fetched at the first start on a machine and are kept in
 * a cache folder.
 */
import { makeRunFolder } from "../common/run_folder.ts";
import { issueTls, type TlsOptions } from "../common/tls.ts";
import { type RegisterTest, testsOn } from "../common/unavailable.ts";
import { mysqlBinaries } from "./binaries.ts";
import { type Configuration, configure } from "./config.ts";
import { type Flavor, flavors } from "./flavor.ts";
import { MysqlNode } from "./node.ts";
import { MysqlServer } from "./server.ts";
import { dataTemplate } from "./template.ts";

export { ServerUnavailableError } from "../common/unavailable.ts";
export type { ServerTls, TlsOptions } from "../common/tls.ts";
export type { Flavor } from "./flavor.ts";
export type { FailedLogin, Login } from "./logins.ts";
export type { MysqlNode, Session, SessionFilter } from "./node.ts";
export type { MysqlServer } from "./server.ts";
export { superuser } from "./template.ts";

/** How a server is started. */
export interface MysqlOptions {
  readonly flavor: Flavor;
  /**
   * The port to try first.
   *
   * @default {a free one}
   */
  readonly port?: number;
  /** Extra settings for the configuration file, on the replica too. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Start a GTID replica as well, which applies commits `lagMs` (default 0) late. */
  readonly replica?: { readonly lagMs?: number };
  /** Serve TLS, by default with a certificate for `localhost` and beside plain connections. */
  readonly tls?: boolean | TlsOptions;
  /**
   * Survive {@linkcode MysqlNode.kill} without losing a committed transaction: the logs are flushed
   * at each commit, and the data is on disk.
   *
   * @default {false}
   */
  readonly durable?: boolean;
}

/**
 * Starts a server on a free port of 127.0.0.1 without databases of its own, and waits until it (and
 * its replica) accepts connections.
 *
 * @example
 * ```ts ignore
 * await using server = await startMysql({ flavor: "mysql", replica: {} });
 * await server.admin().query("create user app identified by 'first'");
 * await server.waitForReplay();
 * ```
 *
 * @throws {ServerUnavailableError} When this machine has no such server and cannot get one.
 * @throws {Error} Saying what was tried, with the last lines of the server's log.
 */
export async function startMysql(options: MysqlOptions): Promise<MysqlServer> {
  const { flavor, durable = false, settings = {} } = options;
  const tls = issueTls(options.tls);
  const binaries = await mysqlBinaries(flavor);
  const template = await dataTemplate(binaries);
  const setup = async (role: Configuration["role"]) => {
    const folder = await makeRunFolder(flavor, { onDisk: durable });
    await configure(folder, { binaries, durable, settings, tls, role });
    return { binaries, template, folder, tls };
  };
  const server = new MysqlServer(await setup("primary"));
  try {
    if (options.replica !== undefined) server.adopt(new MysqlNode(await setup("replica")));
    await Promise.all([server.start(options.port), server.replica?.start()]);
    if (options.replica !== undefined) await server.startReplication(options.replica.lagMs ?? 0);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/**
 * The function that registers tests that need this server. On a machine that has none and cannot
 * get one they are ignored, with a line that says so, and where `CI` is set they fail.
 *
 * @example
 * ```ts ignore
 * const test = await mysqlTests("mariadb");
 * test("a replica follows", async () => {
 *   await using server = await startMysql({ flavor: "mariadb", replica: {} });
 * });
 * ```
 */
export function mysqlTests(flavor: Flavor): Promise<RegisterTest> {
  return testsOn(flavors[flavor].name, () => mysqlBinaries(flavor));
}
