/**
 * Runs in a copy of the code that has a bug: `hunt.ts LIMIT`. Runs the schedules of one seed after
 * the other until one breaks a property. Prints which schedule begins, and the result as the last line.
 */

import { schedulesOfSeed, simulate } from "../simulate.ts";

/** How a hunt ended. */
export interface HuntResult {
  /** Whether a named property did not hold. A crash is no catch. */
  readonly caught: boolean;
  /** The number of that property. */
  readonly property: number | undefined;
  /** What the property, or the crash, says. */
  readonly message: string;
  /** How many schedules were run. */
  readonly schedules: number;
  readonly seconds: number;
}

async function hunt(limit: number): Promise<HuntResult> {
  const beganMs = performance.now();
  let schedules = 0;
  const result = (property?: number, message = "") => ({
    caught: property !== undefined,
    property,
    message,
    schedules,
    seconds: (performance.now() - beganMs) / 1_000,
  });
  for (let seed = 1; schedules < limit; seed++) {
    const runs = Math.min(schedulesOfSeed, limit - schedules);
    const onEnd = () => void schedules++;
    // Signs of life, and where to look when there are no more.
    const onBegin = (run: number) => console.log(JSON.stringify({ seed, run }));
    const { failure } = await simulate({ seed, runs, shrink: false, onBegin, onEnd });
    if (failure !== undefined) return result(failure.property?.number, failure.message);
  }
  return result();
}

if (import.meta.main) console.log(JSON.stringify(await hunt(Number(Deno.args[0]))));
