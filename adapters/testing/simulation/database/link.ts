/** What carries the messages of one connection. */

import type { Clock } from "../../../../core/clock.ts";
import type { ProcessClock } from "../process_clock.ts";

/** A path between a process and a server: the same latency for every message, so order is kept. */
export class Link {
  readonly #clock: Clock;
  readonly #process: ProcessClock;
  readonly #latencyMs: number;
  /** Arrived while the process did not run. */
  readonly #held: (() => void)[] = [];
  /** Nothing the client sends arrives any more. */
  cut = false;
  /** Nothing that anybody sends arrives any more. */
  silent = false;

  /** Every message takes `latencyMs` one way. */
  constructor(clock: Clock, process: ProcessClock, latencyMs: number) {
    this.#clock = clock;
    this.#process = process;
    this.#latencyMs = latencyMs;
  }

  /** Has `arrive` happen at the server. */
  toServer(arrive: () => void): void {
    if (!this.cut && !this.silent) this.#clock.setTimer(this.#latencyMs, arrive);
  }

  /** Has `arrive` happen in the process, when it runs. */
  toClient(arrive: () => void): void {
    if (!this.silent) this.later(this.#latencyMs, arrive);
  }

  /** Has `arrive` happen in the process after `ms`, whatever became of the path: its own timer. */
  later(ms: number, arrive: () => void): void {
    this.#clock.setTimer(ms, () => {
      if (this.#process.running && this.#held.length === 0) arrive();
      else if (this.#held.push(arrive) === 1) this.#release();
    });
  }

  /** Loses a message on its way to the server; `arrive` happens when the client hears of that. */
  lose(arrive: () => void): void {
    this.cut = true;
    this.#clock.setTimer(this.#latencyMs, () => this.toClient(arrive));
  }

  /** Delivers what was held, each when what the one before it set off has settled. */
  #release(): void {
    void this.#process.whenRunning().then(() => {
      this.#held.shift()!();
      if (this.#held.length > 0) this.#clock.setTimer(0, () => this.#release());
    });
  }
}
