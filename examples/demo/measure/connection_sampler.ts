/** Counts every client's connections from outside. */

import type { ConnectionCounter } from "../databases/database.ts";
import { parameters } from "../parameters.ts";

/** Samples a server until it is disposed of. */
export class ConnectionSampler implements AsyncDisposable {
  readonly #counter: ConnectionCounter;
  readonly #peaks = new Map<string, number>();
  readonly #sampling: Promise<void>;
  #over = false;

  constructor(counter: ConnectionCounter) {
    this.#counter = counter;
    this.#sampling = this.#sample();
    // Reported when the sampler is disposed of.
    this.#sampling.catch(() => {});
  }

  /** The most connections to this database that a sample has seen. */
  peak(database: string): number {
    return this.#peaks.get(database) ?? 0;
  }

  /** Ends the sampling; throws what ended it before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    try {
      await this.#sampling;
    } finally {
      await this.#counter.close();
    }
  }

  async #sample(): Promise<void> {
    while (!this.#over) {
      // One query for all: a sample is one moment.
      for (const [database, connections] of await this.#counter.count()) {
        this.#peaks.set(database, Math.max(this.peak(database), connections));
      }
      await new Promise((resolve) => setTimeout(resolve, parameters.sampleEveryMs));
    }
  }
}
