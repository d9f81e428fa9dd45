/** Counts every client's connections from outside. */

import postgres from "postgres";
import { type PostgresNode, superuser } from "../../../tests/servers/postgres/mod.ts";
import { parameters } from "../parameters.ts";

/** Samples a server until it is disposed of. */
export class ConnectionSampler implements AsyncDisposable {
  readonly #sql: postgres.Sql;
  readonly #peaks = new Map<string, number>();
  readonly #sampling: Promise<void>;
  #over = false;

  constructor({ host, port }: PostgresNode) {
    const { user, password } = superuser;
    this.#sql = postgres({ host, port, user, password, database: "postgres", max: 1 });
    this.#sampling = this.#sample();
    // Reported when the sampler is disposed of.
    this.#sampling.catch(() => {});
  }

  /** The most connections to this database that a sample has seen. */
  peak(database: string): number {
    return this.#peaks.get(database) ?? 0;
  }

  /** Ends the sampling; throws what ended it before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    try {
      await this.#sampling;
    } finally {
      await this.#sql.end({ timeout: 1 });
    }
  }

  async #sample(): Promise<void> {
    while (!this.#over) {
      // One query for all: a sample is one moment.
      const rows = await this.#sql<{ database: string; connections: number }[]>`
        select datname as database, count(*)::int as connections from pg_stat_activity
        where backend_type = 'client backend' and datname is not null group by datname`;
      for (const { database, connections } of rows) {
        this.#peaks.set(database, Math.max(this.peak(database), connections));
      }
      await new Promise((resolve) => setTimeout(resolve, parameters.sampleEveryMs));
    }
  }
}
