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
  /**
   * Runs `fn` once after `delayMs`. The timer keeps the process alive only with `keepAlive`, for
   * somebody who waits for it: background work must not.
   */
  setTimer(delayMs: number, fn: () => void, keepAlive?: boolean): Timer;
}

/** A longer timeout overflows the runtime's 32 bits, and runs at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = Object.freeze({
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(delayMs: number, fn: () => void, keepAlive = false): Timer {
    let leftMs = delayMs;
    let handle: { unref?(): void } | number;
    const arm = () => {
      const stepMs = Math.min(leftMs, longestTimeoutMs);
      leftMs -= stepMs;
      handle = setTimeout(leftMs > 0 ? arm : fn, stepMs);
      // Node, Bun and Deno give an object; a browser gives a number and has nothing to keep alive.
      if (!keepAlive && typeof handle === "object") handle.unref?.();
    };
    arm();
    return { cancel: () => clearTimeout(handle as number) };
  },
});

/** Resolves after `delayMs` on `clock`; earlier, and without an error, when `signal` aborts. */
export function delay(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal,
  keepAlive?: boolean,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimer(delayMs, done, keepAlive);
    signal?.addEventListener("abort", done);
  });
}
