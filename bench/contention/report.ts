/** The tables: hits as ratios to Rekey's `get()`, then what a burst of callers costs. */

import { digits, ratios, show, spread } from "../spread.ts";
import { tableOf } from "../table.ts";
import type { Allocations } from "./allocations.ts";
import { callsAlone, type HitTimes } from "./hits.ts";
import type { Waits } from "./waits.ts";

/** What was measured. */
export interface Measured {
  /** By scenario and subject. */
  readonly hits: HitTimes;
  /** By scenario and subject. */
  readonly waits: ReadonlyMap<string, ReadonlyMap<string, Waits>>;
  /** By subject. */
  readonly allocations: Readonly<Record<string, Allocations>>;
}

/**
 * The tables as text.
 * @param base the subject by whose hits the others' are divided
 * @param loop the subject that does nothing
 */
export function report({ hits, waits, allocations }: Measured, base: string, loop: string): string {
  const scenarios = [...hits.keys()];
  const subjects = [...hits.get(callsAlone)!.keys()];
  const nanoseconds = scenarios.map((scenario) =>
    `${digits(spread(hits.get(scenario)!.get(base)!).median)} ns`
  );
  const hitRows = subjects.map((subject) => [
    subject,
    ...scenarios.map((scenario) => {
      const times = hits.get(scenario)!;
      return show(ratios(times.get(subject)!, times.get(base)!));
    }),
    lessLoop(hits, subject, loop),
    bytes(allocations[subject]?.awaited),
    bytes(allocations[subject]?.atOnce),
  ]);
  const heading = ["warm", ...scenarios, "less the loop, ns", "B a hit", "B a hit at once"];
  const inTime = [`(${base})`, ...nanoseconds, "", "", ""];
  const waitTable = (cell: (waits: Waits) => string) => {
    const [first] = waits.values();
    const rows = [...waits].map(([scenario, of]) => [scenario, ...[...of.values()].map(cell)]);
    return tableOf([["", ...first!.keys()], ...rows]);
  };
  return [
    `A hit: time over that of ${base}, median [quartiles]; more is slower`,
    tableOf([heading, inTime, ...hitRows]),
    "\nReads of the store for a burst of callers; most of any round",
    waitTable(({ fetches }) => String(fetches)),
    "\nThe longest wait of a caller in ms; median [quartiles]",
    waitTable(({ worstWaitMs }) => show(worstWaitMs)),
    "\nCallers who got no secret; most of any round",
    waitTable(({ failed }) => String(failed)),
  ].join("\n");
}

/** What calls take beyond those of a function that does nothing, in nanoseconds each. */
function lessLoop(hits: HitTimes, subject: string, loop: string): string {
  const times = hits.get(callsAlone)!;
  const idle = times.get(loop)!;
  return show(spread(times.get(subject)!.map((ns, round) => ns - idle[round]!)));
}

function bytes(count: number | undefined): string {
  return count === undefined ? "" : `${count}`;
}
