/** The end of a pool: asked for once, reached once, at the deadline at the latest. */

import type { Clock, Timer } from "../clock.ts";
import { type Deferred, deferred } from "../deferred.ts";

/** Where a pool stands between `end()` and its end. */
export class Ending {
  #reached: Deferred<void> | undefined;
  #deadline: Timer | undefined;
  #over = false;

  /** Whether the end was asked for. */
  get begun(): boolean {
    return this.#reached !== undefined;
  }

  /** Whether it is reached: whatever happens from now on is of no account. */
  get over(): boolean {
    return this.#over;
  }

  /** Settled when the end is reached. */
  get reached(): Promise<void> {
    return this.#reached!.promise;
  }

  /** Asks for the end; `force` is called when it is not reached in time. */
  begin(clock: Clock, timeoutMs: number, force: () => void): void {
    this.#reached = deferred();
    this.#deadline = clock.setTimer(timeoutMs, force);
  }

  /** The end is reached. */
  finish(): void {
    this.#over = true;
    this.#deadline?.cancel();
    this.#reached?.resolve();
  }
}
