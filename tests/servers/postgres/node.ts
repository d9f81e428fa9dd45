/** One running PostgreSQL, a primary or a replica. */
import { join } from "node:path";
import postgres from "postgres";
import { ServerNode } from "../common/node.ts";
import type { ServerProgram } from "../common/process.ts";
import { dataFolder } from "../common/run_folder.ts";
import { type FailedLogin, failedLoginsIn } from "./log.ts";
import { superuser } from "./template.ts";

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
export interface NodeSetup {
  readonly binaries: string;
  readonly template: string;
  /** The server's own folder, made by `makeRunFolder`. */
  readonly folder: string;
  /** Whether its administrator connects with TLS. */
  readonly tls: boolean;
}

export class PostgresNode extends ServerNode {
  readonly superuser: { readonly user: string; readonly password: string } = superuser;
  readonly #setup: NodeSetup;
  #admin: postgres.Sql | undefined;

  constructor(setup: NodeSetup) {
    super(programOf(setup));
    this.#setup = setup;
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

  protected override async endAdmin(): Promise<void> {
    await this.#admin?.end({ timeout: 0 });
  }

  #matching({ user, database }: SessionFilter): postgres.PendingQuery<postgres.Row[]> {
    const sql = this.admin();
    return sql`backend_type = 'client backend' and pid <> pg_backend_pid()
      and (${user ?? null}::text is null or usename = ${user ?? null})
      and (${database ?? null}::text is null or datname = ${database ?? null})`;
  }
}

function programOf({ binaries, template, folder }: NodeSetup): ServerProgram {
  const data = dataFolder(folder);
  return {
    name: "PostgreSQL",
    origin: binaries,
    template,
    folder,
    // An immediate shutdown; the postmaster removes its file when its last process is gone.
    crashSignal: "SIGQUIT",
    runningFile: "postmaster.pid",
    portTaken: "could not create any TCP/IP socket",
    command: (port) => [join(binaries, "bin/postgres"), "-D", data, "-p", `${port}`],
    async isReady({ pid }) {
      const text = await Deno.readTextFile(join(data, "postmaster.pid")).catch(() => "");
      // Line 1 tells a new server's file from that of one that was killed; line 8 is the state.
      const [pidLine, , , , , , , state] = text.split("\n");
      return Number(pidLine) === pid && state?.trim() === "ready";
    },
  };
}
