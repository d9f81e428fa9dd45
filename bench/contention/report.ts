/** The table: hits as ratios to Rekey's `get()`, then what a burst of callers costs. */

import { digits, ratios, show, spread } from "../spread.ts";
import { tableOf } from "../table.ts";
import type { Allocations } from "./allocations.ts";
import type { HitTimes } from "./hits.ts";
import type { Waits } from "./waits.ts";

/** What was measured, by scenario and subject; allocations by subject. */
export interface Measured {
  readonly hits: HitTimes;
  readonly waits: ReadonlyMap<string, ReadonlyMap<string, Waits>>;
  readonly allocations: Readonly<Record<string, Allocations>>;
}

/**
 * The tables as text.
 * @param base the subject that the others are divided by
 */
export function report({ hits, waits, allocations }: Measured, base: string): string {
  const hitRows = [...hits].map(([scenario, times]) => {
    const [one] = times.values();
    const cells = [...times].map(([subject, ns]) =>
      subject === base ? `${digits(spread(ns).median)} ns` : show(ratios(ns, times.get(base)!))
    );
    return [`warm, ${scenario} (${one!.length} rounds)`, ...cells];
  });
  const bytes = (title: string, of: (allocations: Allocations) => number) => [
    title,
    ...Object.values(allocations).map((allocated) => `${of(allocated)} B`),
  ];
  const names = [...[...hits.values()][0]!.keys()];
  const allocated = names.every((name) => allocations[name] !== undefined)
    ? [
      bytes("bytes a hit, 1 caller", ({ awaited }) => awaited),
      bytes("bytes a hit, 10,000 calls", ({ atOnce }) => atOnce),
    ]
    : [];
  const waiting = [...[...waits.values()][0]?.keys() ?? []];
  const waitRows = [...waits].map(([scenario, of]) => [scenario, ...[...of.values()].map(cellOf)]);
  return [
    `A hit: time over that of ${base}, median [quartiles]; more is slower`,
    tableOf([["", ...names], ...hitRows, ...allocated]),
    "",
    "A burst: reads of the store / worst wait of a caller in ms, median [quartiles] / callers who failed",
    tableOf([["", ...waiting], ...waitRows]),
  ].join("\n");
}

function cellOf({ fetches, worstWaitMs, failed }: Waits): string {
  const some = failed > 0 ? ` / ${failed} failed` : "";
  return `${fetches} / ${show(worstWaitMs)}${some}`;
}
