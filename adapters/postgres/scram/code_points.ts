/** Sets of code points, as ranges. */

/** A set of code points. */
export interface CodePointSet {
  /** Whether `codePoint` is in the set. */
  has(codePoint: number): boolean;
  /** The ranges of the set in ascending order: first and last code point of each. */
  ranges(): readonly (readonly [first: number, last: number])[];
}

/**
 * The set that `table` encodes in the format of `unicode_3_2.ts`. It is decoded at its first use:
 * most passwords are ASCII and need no table.
 */
export function codePointSet(table: string): CodePointSet {
  let decoded: [number, number][] | undefined;
  const ranges = () => decoded ??= decode(table);
  return {
    ranges,
    has(codePoint) {
      const all = ranges();
      let low = 0, high = all.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const [first, last] = all[middle]!;
        if (codePoint < first) high = middle - 1;
        else if (codePoint > last) low = middle + 1;
        else return true;
      }
      return false;
    },
  };
}

function decode(table: string): [number, number][] {
  let end = 0;
  return table.trim().split(/\s+/).map((word) => {
    const [gap, extra = "0"] = word.split("+");
    const first = end + parseInt(gap!, 36);
    end = first + parseInt(extra, 36);
    return [first, end];
  });
}
