/** Whether an operation that was rejected may have run, and what to call its failure. */

import type { Outcome } from "./protocol.ts";

/** Codes under which postgres.js rejects what was, or was not, on the wire of a lost connection. */
const lostConnection = new Set([
  "57P01",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "ECONNRESET",
  "EPIPE",
]);

/** A rejection, judged. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly code: string;
}

/** Judges what an operation was rejected with. drizzle wraps it, so the causes count too. */
export function judge(thrown: unknown, knowsWhatRan: boolean): Judgement {
  const chain = [...causesOf(thrown)];
  const codes = chain.flatMap(({ code }) => typeof code === "string" ? [code] : []);
  const name = chain.at(-1)?.name;
  const code = codes.at(-1) ?? (typeof name === "string" ? name : "UNKNOWN");
  const ambiguous = knowsWhatRan
    ? chain.some(({ possiblyExecuted }) => possiblyExecuted === true)
    : codes.some((found) => lostConnection.has(found));
  return { outcome: ambiguous ? "ambiguous" : "failed", code };
}

interface ErrorFields {
  readonly code?: unknown;
  readonly name?: unknown;
  readonly possiblyExecuted?: unknown;
  readonly cause?: unknown;
}

/** The error and its causes, outermost first. */
function* causesOf(thrown: unknown): Generator<ErrorFields> {
  const seen = new Set<unknown>();
  let link = thrown;
  while (typeof link === "object" && link !== null && !seen.has(link)) {
    seen.add(link);
    yield link;
    link = (link as ErrorFields).cause;
  }
}
