/** What became of a promise, and waiting for what gives no event. */

import { pollUntil } from "../servers/common/poll.ts";

/** What a failed statement carries. */
export interface StatementError extends Error {
  readonly code?: string;
  readonly possiblyExecuted?: boolean;
  readonly query?: string;
  readonly parameters?: readonly unknown[];
}

/** The error with which a promise rejects. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<StatementError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as StatementError;
  }
  throw new Error(`Expected a rejection, got ${Deno.inspect(value)}.`);
}

/** Waits until `holds`, for at most five seconds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 5_000,
): Promise<void> {
  await pollUntil(timeoutMs, async () => await holds(), () => `In vain: ${what}.`);
}

/** The promise's result, or an error that says what did not settle in time. */
export async function within<T>(
  timeoutMs: number,
  promise: PromiseLike<T>,
  what = "the promise",
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Did not settle in ${timeoutMs} ms: ${what}.`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
