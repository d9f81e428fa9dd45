/** Faults that a test injects into the double. */

import { type Call, type CallMatch, matches } from "./call_log.ts";
import { ServiceError } from "./errors.ts";

/** Which requests go wrong, how, and how many times (always, when not given). */
export type Fault = {
  readonly match: CallMatch;
  readonly times?: number;
} & FaultEffect;

/**
 * - throttle: ThrottlingException, HTTP 400.
 * - internal-error: InternalServiceError, HTTP 500.
 * - latency: waits `ms`, or until the promise is fulfilled, then goes on.
 * - stale-read: GetSecretValue and DescribeSecret answer from the state of `ms` ago, or of the
 *   instant `asOfMs` of performance.now(), as eventual consistency allows.
 * - access-denied: AccessDeniedException; match a versionStage to deny one stage only.
 * - outage: the connection is cut, nothing is executed.
 * - drop-response: the operation is executed, then the connection is cut.
 */
export type FaultEffect =
  | { readonly kind: "throttle" | "internal-error" | "access-denied" | "outage" | "drop-response" }
  | { readonly kind: "latency"; readonly ms: number }
  | { readonly kind: "latency"; readonly until: Promise<unknown> }
  | { readonly kind: "stale-read"; readonly ms: number }
  | { readonly kind: "stale-read"; readonly asOfMs: number };

/** An injected fault. Disposing of it ends it, and lets go on what it has held back. */
export interface InjectedFault extends Disposable {
  /** How many requests it has hit. */
  readonly hits: number;
  /** Resolves when it hits its first request, before that request is answered. */
  readonly firstHit: Promise<void>;
  /** Ends it. What it has held back stays late. */
  remove(): void;
}

/** A request is held back, until the signal aborts at most. */
export type Latency = Extract<FaultEffect, { kind: "latency" }> & { readonly signal: AbortSignal };

/** What the injected faults do to one request. */
export interface Verdict {
  readonly latencies: readonly Latency[];
  readonly asOfMs?: number;
  /** An error instead of the operation, or the connection cut before or after it. */
  readonly failure?: ServiceError | "outage" | "drop-response";
}

const STALE_OPERATIONS: readonly string[] = ["GetSecretValue", "DescribeSecret"];

interface ActiveFault {
  readonly fault: Fault;
  hits: number;
  readonly hit: () => void;
  readonly signal: AbortSignal;
}

/** The faults in force, in the order injected. */
export class Faults {
  readonly #active = new Set<ActiveFault>();

  /** Adds a fault. */
  inject(fault: Fault): InjectedFault {
    const { promise, resolve } = Promise.withResolvers<void>();
    const over = new AbortController();
    const entry: ActiveFault = { fault, hits: 0, hit: resolve, signal: over.signal };
    this.#active.add(entry);
    const remove = () => void this.#active.delete(entry);
    return {
      get hits() {
        return entry.hits;
      },
      firstHit: promise,
      remove,
      [Symbol.dispose]() {
        remove();
        over.abort();
      },
    };
  }

  /** Latencies add up; of the failures the one injected first decides and the rest stay unused. */
  judge(call: Call, nameOf: (id: string) => string): Verdict {
    let verdict: Verdict = { latencies: [] };
    for (const entry of this.#active) {
      const { fault } = entry;
      if (!matches(call, fault.match, nameOf)) continue;
      const after = applyFault(verdict, entry, call);
      if (after === verdict) continue;
      verdict = after;
      entry.hits++;
      entry.hit();
      if (fault.times !== undefined && entry.hits >= fault.times) this.#active.delete(entry);
    }
    return verdict;
  }
}

/** The verdict with one fault more, or the very same verdict when the fault has nothing to do. */
function applyFault(verdict: Verdict, { fault, signal }: ActiveFault, call: Call): Verdict {
  switch (fault.kind) {
    case "latency":
      return { ...verdict, latencies: [...verdict.latencies, { ...fault, signal }] };
    case "stale-read": {
      if (verdict.asOfMs !== undefined || !STALE_OPERATIONS.includes(call.operation)) {
        return verdict;
      }
      const asOfMs = "asOfMs" in fault ? fault.asOfMs : call.atMs - fault.ms;
      return { ...verdict, asOfMs };
    }
    default:
      return verdict.failure === undefined
        ? { ...verdict, failure: failureOf(fault.kind, call) }
        : verdict;
  }
}

function failureOf(
  kind: Exclude<FaultEffect["kind"], "latency" | "stale-read">,
  call: Call,
): ServiceError | "outage" | "drop-response" {
  switch (kind) {
    case "throttle":
      return new ServiceError("ThrottlingException", "Rate exceeded");
    case "internal-error":
      return new ServiceError("InternalServiceError", "An error occurred on the server side.", 500);
    case "access-denied":
      return new ServiceError(
        "AccessDeniedException",
        `User: ${call.accessKeyId} is not authorized to perform: secretsmanager:${call.operation} on resource: ${
          call.secretId ?? "*"
        } because no identity-based policy allows the secretsmanager:${call.operation} action`,
      );
    default:
      return kind;
  }
}
