/** Watches the statements: that they end, how, and how often they ran. */

import { codeOf } from "../../../core/errors.ts";
import { LostStatementError } from "../../../adapters/testing/simulation/app/lost_statement_error.ts";
import { properties } from "./catalogue.ts";
import type { Violations } from "./violations.ts";

/** What a statement may still have done. */
type Ended = "acknowledged" | "not executed" | "possibly executed";

interface Record {
  readonly process: string;
  readonly host: string;
  ended: Ended | undefined;
}

/** Errors of a login: the statement had no connection. */
const loginErrors: ReadonlySet<string> = new Set([
  "LOGIN_BUDGET_EXHAUSTED",
  "LOGIN_REFUSED",
  "SOURCE_FAILED",
  "SECRET_NOT_FOUND",
]);

/** All statements of a schedule. */
export class StatementWatch {
  readonly #violations: Violations;
  readonly #executions: (id: string) => number;
  readonly #statements = new Map<string, Record>();

  /** `executions` says how often a statement took effect, at all servers together. */
  constructor(violations: Violations, executions: (id: string) => number) {
    this.#violations = violations;
    this.#executions = executions;
  }

  /** A statement began. */
  begun(id: string, process: string, host: string): void {
    this.#statements.set(id, { process, host, ended: undefined });
  }

  /** A process died: nobody hears of the ends of its statements. */
  abandon(process: string): void {
    for (const record of this.#statements.values()) {
      if (record.process === process) record.ended ??= "possibly executed";
    }
  }

  /** It succeeded. */
  acknowledged(id: string): void {
    this.#end(id, "acknowledged");
  }

  /** It failed. Returns whether that was for want of a login. */
  failed(id: string, error: unknown): boolean {
    const lost = error instanceof LostStatementError && error.possiblyExecuted;
    this.#end(id, lost ? "possibly executed" : "not executed");
    return loginErrors.has(codeOf(error));
  }

  /** At the end, when nothing can run any more. */
  check(): void {
    for (const [id, { process, host, ended }] of this.#statements) {
      if (ended === undefined) {
        this.#violations.report(properties.oneSearch, `${id} of ${process}@${host} never ended`);
      } else this.#compare(id, ended);
    }
  }

  #end(id: string, ended: Ended): void {
    const record = this.#statements.get(id)!;
    if (record.ended !== undefined) {
      this.#violations.report(properties.exactlyOnce, `${id} ended twice`);
    }
    record.ended = ended;
    this.#compare(id, ended);
  }

  #compare(id: string, ended: Ended): void {
    const times = this.#executions(id);
    const right = ended === "acknowledged"
      ? times === 1
      : ended === "not executed"
      ? times === 0
      : times <= 1;
    if (!right) {
      this.#violations.report(properties.exactlyOnce, `${id} was ${ended} and ran ${times} times`);
    }
  }
}
