/** What a client's process and the demo say to each other, one JSON text a line. */

import type { ClientConfig } from "./client.ts";

/** What a worker does. */
export type OperationKind = "read" | "insert" | "transaction" | "read-transaction";

/**
 * How an operation ended: with its result, with an error that says nothing ran, with one that
 * leaves it open, or not at all.
 */
export type Outcome = "ok" | "failed" | "ambiguous" | "hung";

/** One operation that is over. Times are wall-clock milliseconds. */
export interface Operation {
  readonly kind: OperationKind;
  readonly outcome: Outcome;
  readonly startMs: number;
  readonly endMs: number;
  /** The rows that the database has acknowledged. */
  readonly ids?: readonly string[];
  /** What an operation that went wrong is reported under. */
  readonly code?: string;
}

/** The first line that a client's process gets. After it come the lines `go` and `stop`. */
export interface Assignment {
  /** The client's name. */
  readonly name: string;
  readonly config: ClientConfig;
  /** Whether the database takes no writes. */
  readonly readOnly: boolean;
}

/** What a client's process says. */
export type ClientMessage =
  | { readonly type: "ready" }
  | { readonly type: "operations"; readonly operations: readonly Operation[] }
  /** Its last words, when an error that nobody caught is about to end it. */
  | {
    readonly type: "dying";
    readonly error: string;
    readonly inFlight: readonly Pick<Operation, "kind" | "startMs">[];
  }
  | { readonly type: "ended"; readonly closeTimedOut: boolean };

/** Now, on a clock that all processes of the machine share to about a millisecond. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
