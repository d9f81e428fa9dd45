/** Ending a request early, as the AWS SDK does. */

import { StoreError } from "./errors.ts";

/** What `request` settles with; an `AbortError` as soon as the signal aborts, if that is earlier. */
export function untilAborted<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new StoreError("AbortError", "The request was aborted."));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    const release = () => signal.removeEventListener("abort", abort);
    request().then((value) => {
      release();
      resolve(value);
    }, (error) => {
      release();
      reject(error);
    });
  });
}
