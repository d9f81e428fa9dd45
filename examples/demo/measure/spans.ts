/** Stretches of time. */

/** From one wall-clock millisecond to another. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Whether two stretches have a moment in common. */
export function overlap(a: Span, b: Span): boolean {
  return a.startMs <= b.endMs && b.startMs <= a.endMs;
}

/** Whether a moment lies in one of the stretches. */
export function within(spans: readonly Span[], atMs: number): boolean {
  return spans.some(({ startMs, endMs }) => atMs >= startMs && atMs < endMs);
}

/** How long the stretches are together. They must not overlap. */
export function totalMs(spans: readonly Span[]): number {
  return spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

/** What is left of `whole` without the `holes`, which are in order. */
export function without(whole: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let startMs = whole.startMs;
  for (const hole of holes) {
    const endMs = Math.min(hole.startMs, whole.endMs);
    if (endMs > startMs) left.push({ startMs, endMs });
    startMs = Math.max(startMs, hole.endMs);
  }
  if (whole.endMs > startMs) left.push({ startMs, endMs: whole.endMs });
  return left;
}
