/** Numbers for people. */

/** With thousands separators: 12,345. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** With one decimal below 100. */
export function tenths(value: number): string {
  return value < 100 ? value.toFixed(1) : whole(value);
}
