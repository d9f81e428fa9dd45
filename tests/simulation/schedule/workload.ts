/** The work of the app's processes. */

import type { SimulatedClient } from "../../../adapters/testing/simulation/app/client.ts";
import { codeOf } from "../../../core/errors.ts";
import type { Director } from "./director.ts";
import type { Life } from "./life.ts";

/** Has processes do work, and tells how it ended. */
export class Workload {
  readonly #director: Director;
  #statementNumber = 0;

  constructor(director: Director) {
    this.#director = director;
  }

  /** Has every process do some work. */
  operate(kind: "statements" | "transaction" | "reserve", count: number, durationMs: number): void {
    for (const life of this.#director.lives) {
      if (!life.running) continue;
      if (life.watched.length === 0) life.process.provider.get().catch(() => {});
      for (const { host, client } of life.watched) {
        const writes = host === "primary";
        for (let n = 0; n < (kind === "statements" ? count : 1); n++) {
          this.#director.coverage.operations++;
          if (kind === "reserve") this.#track(life, host, [], client.reserve(durationMs));
          else if (kind === "statements") {
            const statement = { id: this.#newStatement(life, host), durationMs, writes };
            this.#track(life, host, [statement.id], client.run(statement));
          } else this.#transact(life, host, client, count, durationMs, writes);
        }
      }
    }
  }

  #newStatement(life: Life, host: string): string {
    const id = `s${++this.#statementNumber}`;
    this.#director.statements.begun(id, life.name, host);
    return id;
  }

  #transact(
    life: Life,
    host: string,
    client: SimulatedClient,
    count: number,
    durationMs: number,
    writes: boolean,
  ): void {
    const statements = Array.from({ length: count }, () => ({
      id: this.#newStatement(life, host),
      durationMs,
      writes,
    }));
    const ids = statements.map(({ id }) => id);
    this.#track(life, host, ids, client.transaction(statements));
  }

  #track(life: Life, host: string, ids: readonly string[], work: Promise<void>): void {
    work.then(
      () => {
        for (const id of ids) this.#director.statements.acknowledged(id);
      },
      (error) => {
        this.#director.secrecy.error(error);
        let atLogin = ids.length === 0;
        for (const id of ids) atLogin = this.#director.statements.failed(id, error) || atLogin;
        if (atLogin) life.onLoginFailure(host, codeOf(error), this.#director.nowMs);
      },
    );
  }
}
