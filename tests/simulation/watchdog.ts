/** Notices when a run has stopped without saying so. */

/** A schedule takes milliseconds: one that takes longer than this does not end. */
const silenceSeconds = 60;

/**
 * Bites once when nothing was heard for a minute in which this process itself ran: a machine that
 * stands still as a whole counts for a second only.
 */
export class Watchdog {
  readonly #timer: ReturnType<typeof setInterval>;
  #seconds = 0;

  /** Calls `bite` when it does. */
  constructor(bite: () => void) {
    this.#timer = setInterval(() => {
      if (++this.#seconds < silenceSeconds) return;
      this.stop();
      bite();
    }, 1_000);
  }

  /** There was a sign of life. */
  heard(): void {
    this.#seconds = 0;
  }

  /** It is not needed any more. */
  stop(): void {
    clearInterval(this.#timer);
  }
}
