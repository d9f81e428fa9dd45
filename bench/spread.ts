/** Median and quartiles: the figures of every benchmark here. */

/** What a sorted middle half looks like. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The median and the quartiles of some figures. */
export function spread(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)]!;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** The ratio of neighbours: what slows the machine down slows both of a round. */
export function ratios(these: readonly number[], those: readonly number[]): Spread {
  return spread(these.map((value, i) => value / those[i]!));
}

/** `1.02  [0.98-1.05]`: three digits, whatever the size. */
export function show({ median, low, high }: Spread): string {
  return `${digits(median)}  [${digits(low)}-${digits(high)}]`;
}

/** Three digits that count, and never more than two behind the point. */
export function digits(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}
