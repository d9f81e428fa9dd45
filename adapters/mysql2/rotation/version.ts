/** Versions of servers. */

/** The numbers in what VERSION() says. */
export function parseVersion(text: string): readonly number[] {
  // MariaDB may put 5.5.5- first, for replicas of old.
  return text.replace(/^5\.5\.5-/, "").split(/[.-]/, 3).map(Number);
}

/** Whether `version` is `wanted` or later. */
export function atLeast(version: readonly number[], ...wanted: readonly number[]): boolean {
  for (const [index, part] of wanted.entries()) {
    const found = version[index] ?? 0;
    if (found !== part) return found > part;
  }
  return true;
}
