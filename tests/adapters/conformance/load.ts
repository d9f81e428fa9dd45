/** Workers that do the same thing again and again until they are told to stop. */

import { until, within } from "../outcome.ts";

/** A load; it is stopped with the fact's scope, whatever happened. */
export class Load implements AsyncDisposable {
  readonly #workers: Promise<unknown>;
  #stopped = false;
  #done = 0;
  #failed = false;

  /** `work` is called with the worker's number; the first time that it throws ends the load. */
  constructor(size: number, work: (n: number) => Promise<unknown>) {
    this.#workers = Promise.all(Array.from({ length: size }, (_, n) => this.#work(n, work)));
    this.#workers.catch(() => this.#failed = true);
  }

  /** Waits until so much more is done. Rejects with what the work has thrown. */
  async progress(more: number): Promise<void> {
    const goal = this.#done + more;
    await until(() => this.#done >= goal || this.#failed, "the load goes on");
    if (this.#failed) await this.#workers;
  }

  /** Lets the workers come to their end. Rejects with what the work has thrown. */
  async end(): Promise<void> {
    this.#stopped = true;
    await within(30_000, this.#workers, "the workers");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end().catch(() => {});
  }

  async #work(n: number, work: (n: number) => Promise<unknown>): Promise<void> {
    try {
      while (!this.#stopped) {
        await work(n);
        this.#done++;
      }
    } finally {
      this.#stopped = true;
    }
  }
}
