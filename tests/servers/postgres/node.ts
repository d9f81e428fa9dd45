/** One running PostgreSQL, a primary or a replica. */
import postgres from "postgres";
import { type FailedLogin, failedLoginsIn } from "./log.ts";
import { type ServerFiles, type ServerProcess, startProcess, waitUntilReady } from "./process.ts";
import { logFile } from "./run_folder.ts";
import { superuser } from "./template.ts";

/** How many ports are tried when others take them first. */
const PORT_ATTEMPTS = 5;
const LOG_LINES_SHOWN = 20;

/** A session of a client, as pg_stat_activity shows it. */
export interface Session {
  readonly pid: number;
  readonly user: string;
  readonly database: string;
  readonly applicationName: string;
  /** Such as `active`, `idle` or `idle in transaction`. */
  readonly state: string;
  readonly startedAt: Date;
}

/** Which sessions; a part that is left out matches all. */
export interface SessionFilter {
  readonly user?: string;
  readonly database?: string;
}

/** What a node is started from, and how it is reached. Its folder is removed on close. */
export interface NodeSetup extends ServerFiles {
  /** Whether its administrator connects with TLS. */
  readonly tls: boolean;
}

export class PostgresNode implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly superuser: { readonly user: string; readonly password: string } = superuser;
  readonly #setup: NodeSetup;
  #port = 0;
  #process: ServerProcess | undefined;
  #admin: postgres.Sql | undefined;
  #closed: Promise<void> | undefined;
  #lastLog: string[] = [];

  constructor(setup: NodeSetup) {
    this.#setup = setup;
  }

  /** Starts the server for the first time, on `firstPort` or another one when it is taken. */
  async start(firstPort: number = freePort()): Promise<void> {
    // There is no port 0 for postgres, so another process may take the port that was found free.
    for (let attempt = 1, port = firstPort;; attempt++, port = freePort()) {
      try {
        return await this.#startOn(port);
      } catch (error) {
        const lastLines = (await this.log()).slice(-3);
        const taken = lastLines.some((line) => line.includes("could not create any TCP/IP socket"));
        if (!taken || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  get port(): number {
    return this.#port;
  }

  /** The process number of the server, undefined while it is killed. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** All lines that the server has logged so far; after close, all that it ever logged. */
  async log(): Promise<string[]> {
    if (this.#closed === undefined) return await logLines(this.#setup.folder);
    await this.#closed;
    return this.#lastLog;
  }

  /** The logins that the server refused so far, in their order. */
  async failedLogins(): Promise<FailedLogin[]> {
    return failedLoginsIn(await this.log());
  }

  /** One connection as superuser, opened when first used and closed with the server. */
  admin(): postgres.Sql {
    this.#admin ??= postgres({
      host: this.host,
      port: this.port,
      user: superuser.user,
      password: superuser.password,
      database: "postgres",
      ssl: this.#setup.tls ? "require" : false,
      max: 1,
      fetch_types: false,
      connection: { application_name: "test administrator" },
      onnotice: () => {},
    });
    return this.#admin;
  }

  /** The clients' sessions now, without the administrator's own. */
  async sessions(filter: SessionFilter = {}): Promise<Session[]> {
    const sql = this.admin();
    return [
      ...await sql<Session[]>`
        select pid, usename as user, datname as database, state, backend_start as "startedAt",
          application_name as "applicationName"
        from pg_stat_activity where ${this.#matching(filter)} order by backend_start`,
    ];
  }

  /** Ends sessions as an administrator would (57P01), waits until they are gone, counts them. */
  async terminateSessions(filter: SessionFilter = {}): Promise<number> {
    const ended = await this.admin()`
      select pg_terminate_backend(pid, 10000) as gone
      from pg_stat_activity where ${this.#matching(filter)}`;
    return ended.filter((row) => row["gone"]).length;
  }

  /** Ends the server at once, as a crash would. Its data and port are kept for a restart. */
  async kill(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  /** Starts the server again on the same data and port, after killing it if it runs. */
  async restart(): Promise<void> {
    if (this.#closed !== undefined) throw new Error("A closed server cannot be restarted.");
    await this.kill();
    await this.#startOn(this.#port);
  }

  /** Ends the server and removes its data. Does nothing when called again. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#admin?.end({ timeout: 0 });
    await this.kill();
    this.#lastLog = await logLines(this.#setup.folder);
    await Deno.remove(this.#setup.folder, { recursive: true });
  }

  #matching({ user, database }: SessionFilter): postgres.PendingQuery<postgres.Row[]> {
    const sql = this.admin();
    return sql`backend_type = 'client backend' and pid <> pg_backend_pid()
      and (${user ?? null}::text is null or usename = ${user ?? null})
      and (${database ?? null}::text is null or datname = ${database ?? null})`;
  }

  async #startOn(port: number): Promise<void> {
    const { binaries, folder } = this.#setup;
    this.#port = port;
    const process = this.#process = startProcess(this.#setup, port);
    try {
      await waitUntilReady(process, folder);
    } catch (error) {
      await this.kill();
      const lines = (await this.log()).slice(-LOG_LINES_SHOWN);
      throw new Error(
        `Cannot start PostgreSQL from ${binaries} on 127.0.0.1:${port} in ` +
          `${folder}: ${(error as Error).message}. The last lines of its log:\n` +
          (lines.join("\n") || "(none)"),
      );
    }
  }
}

async function logLines(folder: string): Promise<string[]> {
  const text = await Deno.readTextFile(logFile(folder)).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

/**
 * A port that is free now. It is not one of those that systems give to outgoing connections (from
 * 32768 on Linux, 49152 on macOS): such a port would be lost between a kill and a restart.
 */
function freePort(): number {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
