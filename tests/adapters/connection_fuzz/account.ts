/** What was promised to the app, to be held against what the server has. */

import type { StatementError } from "../outcome.ts";

/** Rows that are there together or not at all: of one insert, one COPY or one transaction. */
export interface Unit {
  readonly id: number;
  /** The parts that it is to have. */
  readonly parts: Set<number>;
  /** What its owner was told: that it is there, that it is not, or that nobody knows. */
  told: "committed" | "unknown" | "nothing";
}

/** A row of the table `ledger`. */
export interface LedgerRow {
  readonly unit: number;
  readonly part: number;
  /** The transaction that wrote it, or its session where transactions have no names. */
  readonly writer: string | number;
}

/** What became of a statement. */
export type Outcome<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly error: StatementError };

/** Codes with which a statement may fail whatever the driver. */
const commonCodes = [
  "ECONNRESET",
  "EPIPE",
  // Every connection was cut before its first use.
  "LOGIN_REFUSED",
  // After the end.
  "CLOSED",
] as const;

/** What one driver and its server say, and what their tables tell. */
export interface AccountOptions {
  /** Codes with which a statement may fail. Any other says that the protocol was mixed up. */
  readonly codes: readonly string[];
  /** Whether a writer is one transaction, rather than a session with several. */
  readonly writersAreTransactions: boolean;
}

/** Keeps the account of one run. */
export class Account {
  /** What must not have happened, in words. */
  readonly violations: string[] = [];
  /** How often each thing was done or seen. */
  readonly counts = new Map<string, number>();
  readonly #expected: ReadonlySet<string | undefined>;
  readonly #writersAreTransactions: boolean;
  readonly #units: Unit[] = [];
  readonly #open = new Map<number, string>();
  #statements = 0;

  constructor({ codes, writersAreTransactions }: AccountOptions) {
    this.#expected = new Set([...commonCodes, ...codes]);
    this.#writersAreTransactions = writersAreTransactions;
  }

  /** A number that no other statement of this run has. */
  number(): number {
    return ++this.#statements;
  }

  /** Rows to be written; nothing is promised yet. */
  unit(parts: readonly number[] = []): Unit {
    const unit: Unit = { id: this.number(), parts: new Set(parts), told: "unknown" };
    this.#units.push(unit);
    return unit;
  }

  /** Counts. */
  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Records what must not happen. */
  violation(text: string): void {
    this.violations.push(text);
  }

  /** What has not settled yet. */
  get unsettled(): string[] {
    return [...this.#open.values()];
  }

  /**
   * Starts a statement and follows it to its end, which comes once. `allowed` names errors that are
   * the statement's own, by code or name.
   */
  async follow<T>(
    what: string,
    start: () => PromiseLike<T>,
    allowed: readonly string[] = [],
  ): Promise<Outcome<T>> {
    const id = this.number();
    this.#open.set(id, what);
    this.count("statements");
    let outcome: Outcome<T>;
    try {
      outcome = { ok: true, result: await start() };
      this.count("succeeded");
    } catch (caught) {
      const error = caught as StatementError;
      outcome = { ok: false, error };
      this.count("failed");
      if (
        ![error.code, error.name].some((code) =>
          allowed.includes(code!) || this.#expected.has(code)
        )
      ) {
        this.violation(`${what} failed with ${error.code} ${error.stack}`);
      }
    }
    this.#open.delete(id);
    return outcome;
  }

  /** As `follow`, for the statement that decides whether `unit` is there. */
  async followUnit<T>(
    unit: Unit,
    what: string,
    start: () => PromiseLike<T>,
    allowed?: readonly string[],
  ): Promise<Outcome<T>> {
    const outcome = await this.follow(`${what} of unit ${unit.id}`, start, allowed);
    unit.told = outcome.ok ? "committed" : outcome.error.possiblyExecuted ? "unknown" : "nothing";
    this.count(`units ${unit.told}`);
    return outcome;
  }

  /** Compares an answer with the one that belongs to its statement. */
  answer(what: string, actual: unknown, expected: unknown): void {
    const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
    if (got !== wanted) this.violation(`${what} got ${got} instead of ${wanted}`);
  }

  /** Compares what was promised with what is there. */
  judge(rows: readonly LedgerRow[]): void {
    if (this.#writersAreTransactions) this.#judgeTransactions(rows);
    const known = new Set(this.#units.map(({ id }) => id));
    for (const { unit } of rows) if (!known.has(unit)) this.violation(`unit ${unit} is nobody's`);
    for (const unit of this.#units) this.#judge(unit, rows.filter((row) => row.unit === unit.id));
  }

  #judgeTransactions(rows: readonly LedgerRow[]): void {
    const unitOf = new Map<LedgerRow["writer"], number>();
    for (const { unit, writer } of rows) {
      const first = unitOf.get(writer) ?? unit;
      unitOf.set(writer, first);
      if (first !== unit) this.violation(`units ${first} and ${unit} share a transaction`);
    }
  }

  #judge({ id, parts, told }: Unit, rows: readonly LedgerRow[]): void {
    const name = `unit ${id}, told "${told}"`;
    const found = rows.map(({ part }) => part).sort((a, b) => a - b);
    if (new Set(found).size < found.length) this.violation(`${name} is there twice: ${found}`);
    if (new Set(rows.map(({ writer }) => writer)).size > 1) {
      this.violation(`${name} has several writers`);
    }
    if (found.length > 0 && told === "nothing") this.violation(`${name} is there: ${found}`);
    if (found.length === 0 && told !== "committed") return;
    this.answer(name, found, [...parts].sort((a, b) => a - b));
  }
}
