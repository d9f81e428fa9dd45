/** One running MySQL or MariaDB, a primary or a replica. */
import { join } from "node:path";
import { createPool, type Pool, type RowDataPacket } from "mysql2/promise";
import { ServerNode } from "../common/node.ts";
import { pollUntil } from "../common/poll.ts";
import type { ServerProgram } from "../common/process.ts";
import { dataFolder } from "../common/run_folder.ts";
import type { IssuedTls } from "../common/tls.ts";
import type { Binaries } from "./binaries.ts";
import { configurationFile, generalLogFile } from "./config.ts";
import { type Flavor, flavors } from "./flavor.ts";
import { type FailedLogin, type Login, LoginHistory } from "./logins.ts";
import { superuser } from "./template.ts";

const SESSIONS_GONE_WITHIN_MS = 10_000;

/** A session of a client. */
export interface Session {
  /** The number by which `kill` knows it. */
  readonly id: number;
  readonly user: string;
  /** The database in use, null when there is none. */
  readonly database: string | null;
  /**
   * A session is idle a moment after its statement was answered. Whether an idle one has a
   * transaction open the servers do not tell promptly.
   */
  readonly state: "active" | "idle";
}

/** Which sessions; a part that is left out matches all. */
export interface SessionFilter {
  readonly user?: string;
  readonly database?: string;
}

/** What a node is started from. Its folder is removed on close. */
export interface NodeSetup {
  readonly binaries: Binaries;
  readonly template: string;
  /** The server's own folder, made by `makeRunFolder`. */
  readonly folder: string;
  readonly tls: IssuedTls | undefined;
}

export class MysqlNode extends ServerNode {
  readonly flavor: Flavor;
  readonly superuser: { readonly user: string; readonly password: string } = superuser;
  readonly #setup: NodeSetup;
  readonly #logins = new LoginHistory({
    generalLog: () => this.generalLog(),
    errorLog: () => this.log(),
    connections: () => this.#connections(),
  });
  #admin: Pool | undefined;

  constructor(setup: NodeSetup) {
    super(programOf(setup));
    this.flavor = setup.binaries.flavor;
    this.#setup = setup;
  }

  /** Such as `9.7.4` or `10.11.18-MariaDB`. */
  get version(): string {
    return this.#setup.binaries.version;
  }

  /**
   * One connection as superuser, opened when first used and closed with the server. It takes
   * several statements at once.
   */
  admin(): Pool {
    const { tls } = this.#setup;
    this.#admin ??= createPool({
      host: this.host,
      port: this.port,
      user: superuser.user,
      password: superuser.password,
      connectionLimit: 1,
      multipleStatements: true,
      // The certificate is for a name that the address does not have.
      ...(tls && { ssl: { ca: tls.authorities.ca, verifyIdentity: false } }),
    });
    return this.#admin;
  }

  /** The clients' sessions now, without the administrator's own and a replica's. */
  async sessions(filter: SessionFilter = {}): Promise<Session[]> {
    const { user = null, database = null } = filter;
    const [rows] = await this.admin().query<(Session & RowDataPacket)[]>(
      `select id, user, db as \`database\`,
        if(command = 'Sleep', 'idle', 'active') as state
      from information_schema.processlist
      where id <> connection_id() and command not like 'Binlog Dump%'
        and user not in ('system user', 'event_scheduler', 'unauthenticated user')
        and (? is null or user = ?) and (? is null or db = ?)
      order by id`,
      [user, user, database, database],
    );
    return rows.map(({ id, user, database, state }) => ({ id, user, database, state }));
  }

  /** The logins that the server let in so far, those as superuser among them, in their order. */
  async successfulLogins(): Promise<Login[]> {
    return (await this.#logins.read()).successful;
  }

  /** The logins that the server refused so far, in their order. */
  async failedLogins(): Promise<FailedLogin[]> {
    return (await this.#logins.read()).failed;
  }

  /** The lines of the general log so far: every login and statement. Ends with the server. */
  async generalLog(): Promise<string[]> {
    const text = await Deno.readTextFile(generalLogFile(this.#setup.folder));
    return text.trimEnd().split("\n");
  }

  /** The bytes of all binary logs so far: what replicas are sent. Ends with the server. */
  async binaryLog(): Promise<Uint8Array> {
    const folder = dataFolder(this.#setup.folder);
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const names = entries.map(({ name }) => name).filter((name) => /^binlog\.\d+$/.test(name));
    const files = await Promise.all(names.sort().map((name) => Deno.readFile(join(folder, name))));
    return new Uint8Array(await new Blob(files).arrayBuffer());
  }

  /** Ends sessions as an administrator would, waits until they are gone, counts them. */
  async terminateSessions(filter: SessionFilter = {}): Promise<number> {
    const ids = (await this.sessions(filter)).map(({ id }) => id);
    // A session that has ended meanwhile is unknown.
    for (const id of ids) await this.admin().query(`kill ${id}`).catch(() => {});
    await pollUntil(
      SESSIONS_GONE_WITHIN_MS,
      async () => !(await this.sessions(filter)).some(({ id }) => ids.includes(id)),
      () => `Sessions are still there ${SESSIONS_GONE_WITHIN_MS} ms after they were killed.`,
    );
    return ids.length;
  }

  /** The connections that there are now, whoever's. */
  async #connections(): Promise<Map<number, "logging in" | "logged in"> | undefined> {
    if (this.pid === undefined) return undefined;
    const [rows] = await this.admin().query<RowDataPacket[]>(
      "select id, command = 'Connect' as `early` from information_schema.processlist",
    );
    return new Map(rows.map(({ id, early }) => [id, early ? "logging in" : "logged in"]));
  }

  protected override async endAdmin(): Promise<void> {
    await this.#admin?.end();
  }
}

function programOf({ binaries, template, folder }: NodeSetup): ServerProgram {
  return {
    name: flavors[binaries.flavor].name,
    origin: binaries.origin,
    template,
    folder,
    crashSignal: "SIGKILL",
    portTaken: "Do you already have another",
    chatter: /^\S+ \d+ \[Note\]/,
    command: (port) => [
      ...binaries.command,
      `--defaults-file=${configurationFile(folder)}`,
      `--port=${port}`,
    ],
    isReady: ({ log }) =>
      Promise.resolve(log.some((line) => line.includes("ready for connections"))),
  };
}
