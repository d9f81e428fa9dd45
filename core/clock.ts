/** The port through which all time comes. */

/** A timer that can be taken back. */
export interface Timer {
  /** Stops the timer; does nothing when it has already run. */
  cancel(): void;
}

/**
 * Where time comes from. Ages are measured on the monotonic clock; the wall clock serves only to
 * notice a process that was frozen, and for schedules.
 */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  monotonicMs(): number;
  /** Milliseconds since the epoch; may jump. */
  wallMs(): number;
  /** Runs `fn` once after `delayMs`. The timer does not keep the process alive. */
  setTimer(delayMs: number, fn: () => void): Timer;
}

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs: number, fn: () => void): Timer {
    const handle: { unref?(): void } | number = setTimeout(fn, delayMs);
    // Node, Bun and Deno give an object; a browser gives a number and has nothing to keep alive.
    if (typeof handle === "object") handle.unref?.();
    return { cancel: () => clearTimeout(handle as number) };
  },
});

/** Resolves after `delayMs` on `clock`; earlier, and without an error, when `signal` aborts. */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimer(delayMs, done);
    signal?.addEventListener("abort", done);
  });
}
