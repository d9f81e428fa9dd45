/** What became of a promise, and waiting for what gives no event. */

import type { LoginAttempt } from "../../core/errors.ts";
import { pollUntil } from "../servers/common/poll.ts";

/** What a failed statement carries. */
export interface StatementError extends Error {
  readonly code?: string;
  readonly possiblyExecuted?: boolean;
  readonly query?: string;
  readonly parameters?: readonly unknown[];
  readonly attempts?: readonly LoginAttempt[];
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

/**
 * What becomes of an attempt that lasts as long as its budget: of one with a small budget or, when
 * that was not `enough` for what has to happen meanwhile on a busy machine, with larger ones. The
 * last one's result is returned as it is.
 */
export async function withBudget<T>(
  firstMs: number,
  attempt: (budgetMs: number) => Promise<T>,
  enough: (result: T) => boolean,
): Promise<T> {
  for (const factor of [1, 6]) {
    const result = await attempt(factor * firstMs);
    if (enough(result)) return result;
  }
  return await attempt(36 * firstMs);
}

/** Whether a server has refused a login on the way to this error. */
export function wasRejected({ attempts }: StatementError): boolean {
  return attempts !== undefined && attempts.length > 0;
}

/** Waits until `holds`, for at most half a minute. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 30_000,
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
