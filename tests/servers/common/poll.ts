/** Waiting for what gives no event. */

const POLL_EVERY_MS = 10;

/**
 * Calls `holds` until it returns true.
 *
 * @throws {Error} With the text of `complaint`, after `timeoutMs`.
 */
export async function pollUntil(
  timeoutMs: number,
  holds: () => Promise<boolean>,
  complaint: () => string | Promise<string>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(await complaint());
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}
