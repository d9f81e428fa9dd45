/** Waits that end early when double or fault is over, so that no timer and no request outlives it. */

/** Resolves after some time, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return held(promise, signal).finally(() => clearTimeout(timer));
}

/** Resolves when the promise settles, or when the signal aborts. */
export function held(until: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const release = () => resolve();
  signal.addEventListener("abort", release, { once: true });
  until.then(release, release);
  return promise.finally(() => signal.removeEventListener("abort", release));
}
