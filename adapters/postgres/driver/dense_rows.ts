/** Results whose rows begin where they should. */

/**
 * When a statement fails after some of its rows have come, postgres.js 3.4 does not set its count of
 * rows back: the rows of the next statement on that connection begin behind so many holes. This
 * closes them, in a result or in the first of several.
 */
export function denseRows<T>(result: T): T {
  if (!Array.isArray(result) || result.length === 0) return result;
  if (!(0 in result)) {
    let holes = 1;
    while (!(holes in result)) holes++;
    result.splice(0, holes);
  }
  if (Array.isArray(result[0]) && "command" in result[0]) denseRows(result[0]);
  return result;
}
