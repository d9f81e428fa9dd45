/** Tells the demo what the operations of this process came to. */

import {
  type ClientMessage,
  nowMs,
  type Operation,
  type OperationKind,
  type Outcome,
} from "./protocol.ts";

const flushEveryMs = 200;
/** Well below what a pipe holds, so that writing does not block the client that is measured. */
const flushAt = 100;

/** An operation that is under way. */
export interface Started {
  readonly kind: OperationKind;
  readonly startMs: number;
}

/** Collects operations and writes them out in batches. */
export class Recorder {
  readonly #inFlight = new Set<Started>();
  #batch: Operation[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Starts to write a batch every 200 ms, and last words when the process dies. */
  start(): void {
    this.#timer = setInterval(() => this.flush(), flushEveryMs);
    // These listeners only look on: nothing is prevented, so the process ends as it would anyway.
    globalThis.addEventListener("error", ({ error }) => this.#die(error));
    globalThis.addEventListener("unhandledrejection", ({ reason }) => this.#die(reason));
  }

  /** Writes what is left. */
  stop(): void {
    clearInterval(this.#timer);
    this.flush();
  }

  begin(kind: OperationKind): Started {
    const started = { kind, startMs: nowMs() };
    this.#inFlight.add(started);
    return started;
  }

  /** Notes how an operation ended; only the first time counts. */
  end(
    started: Started,
    outcome: Outcome,
    more: { readonly ids?: readonly string[]; readonly code?: string } = {},
  ): void {
    if (!this.#inFlight.delete(started)) return;
    this.#batch.push({ ...started, outcome, endMs: nowMs(), ...more });
    if (this.#batch.length >= flushAt) this.flush();
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    const operations = this.#batch;
    this.#batch = [];
    say({ type: "operations", operations });
  }

  #die(error: unknown): void {
    this.flush();
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    say({ type: "dying", error: text, inFlight: [...this.#inFlight] });
    this.#inFlight.clear();
  }
}

/** Writes a message at once: nothing of it may be lost when the process dies in the next moment. */
export function say(message: ClientMessage): void {
  let bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}
