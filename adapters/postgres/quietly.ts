/** Calls of the app's own functions, from where there is nobody to throw to. */

/** Calls the app back. What it throws stays unheard, as in the driver; others are called all the same. */
export function quietly(callback: (() => void) | undefined): void {
  try {
    callback?.();
  } catch {
    // See above.
  }
}
