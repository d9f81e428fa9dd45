/** What was promised to the app, to be held against what the server has. */

import type { StatementError } from "../../outcome.ts";

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
  /** The transaction that wrote it. */
  readonly xid: string;
}

/** What became of a statement. */
export type Outcome<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly error: StatementError };

/** Codes with which a statement may fail here. Any other says that the protocol was mixed up. */
const expectedCodes: ReadonlySet<string> = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "ECONNRESET",
  "EPIPE",
  "57P01",
  // Cancelled: also the one behind the one that was meant, when it is over in that moment.
  "57014",
  // Every connection was cut before its first use.
  "LOGIN_REFUSED",
  // After the end.
  "CLOSED",
  "CONNECTION_ENDED",
]);

/** Keeps the account of one run. */
export class Account {
  /** What must not have happened, in words. */
  readonly violations: string[] = [];
  /** How often each thing was done or seen. */
  readonly counts = new Map<string, number>();
  readonly #units: Unit[] = [];
  readonly #open = new Map<number, string>();
  #statements = 0;

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
      if (![error.code, error.name].some((code) => allowed.includes(code!) || isExpected(code))) {
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
    const unitOf = new Map<string, number>();
    for (const { unit, xid } of rows) {
      const first = unitOf.get(xid) ?? unit;
      unitOf.set(xid, first);
      if (first !== unit) this.violation(`units ${first} and ${unit} share a transaction`);
    }
    const known = new Set(this.#units.map(({ id }) => id));
    for (const { unit } of rows) if (!known.has(unit)) this.violation(`unit ${unit} is nobody's`);
    for (const unit of this.#units) this.#judge(unit, rows.filter((row) => row.unit === unit.id));
  }

  #judge({ id, parts, told }: Unit, rows: readonly LedgerRow[]): void {
    const name = `unit ${id}, told "${told}"`;
    const found = rows.map(({ part }) => part).sort((a, b) => a - b);
    if (new Set(found).size < found.length) this.violation(`${name} is there twice: ${found}`);
    if (new Set(rows.map(({ xid }) => xid)).size > 1) {
      this.violation(`${name} is in several transactions`);
    }
    if (found.length > 0 && told === "nothing") this.violation(`${name} is there: ${found}`);
    if (found.length === 0 && told !== "committed") return;
    this.answer(name, found, [...parts].sort((a, b) => a - b));
  }
}

function isExpected(code: string | undefined): boolean {
  return code !== undefined && expectedCodes.has(code);
}
