import fc from "fast-check";
import { commands, type Model } from "./schedule/commands.ts";
import { configuration } from "./schedule/configuration.ts";
import { Director } from "./schedule/director.ts";
import { epilogue, prologue } from "./schedule/run.ts";
import { Coverage } from "./schedule/coverage.ts";
import { faults } from "./schedule/faults.ts";

let last: Director | undefined;
const total = new Coverage();
const property = fc.asyncProperty(configuration, commands, async (configuration, commands) => {
  const director = new Director(configuration);
  await prologue(director);
  const model: Model = { configuration, begun: 0, disturbed: false };
  await fc.asyncModelRun(() => ({ model, real: director }), commands);
  await epilogue(director);
  total.add(director.coverage.toJSON());
  try {
    director.violations.raise();
  } catch (error) {
    last = director;
    throw error;
  }
});
const runs = Number(Deno.args[0] ?? 100);
const seed = Number(Deno.args[1] ?? 1);
const t = performance.now();
const result = await fc.check(property, {
  numRuns: runs,
  seed,
  ...Deno.args[2] && { path: Deno.args[2], endOnFailure: true },
});
console.log(((performance.now() - t) / result.numRuns).toFixed(2), "ms per schedule");
if (result.failed) {
  console.log(String((result as { errorInstance?: unknown }).errorInstance));
  console.log(fc.defaultReportMessage(result)?.slice(0, 6000));
  console.log("seed", result.seed, "path", result.counterexamplePath, "runs", result.numRuns);
  await Deno.writeTextFile("/tmp/w/timeline.txt", last!.world.timeline.toString());
}
console.log(total.table(Object.keys(faults)), total.schedules, total.rotations, total.operations);
