/**
 * The demo: rotates a real PostgreSQL's credentials under a drizzle load, with and without this
 * package, and shows what failed. Needs nothing installed but Deno.
 */

import { clientNames } from "./client/catalog.ts";
import { isClean, type Result } from "./measure/result.ts";
import { type DemoOptions, parseOptions, usage } from "./options.ts";
import { runScenario } from "./run_scenario.ts";
import { writeJson } from "./show/json.ts";
import { Progress } from "./show/progress.ts";
import { tableOf } from "./show/table.ts";

/** The client whose failures fail the demo. */
const ownClient = "rekey";
/** What shells give for a program that Ctrl-C ended. */
const interruptedCode = 130;

/** One press of Ctrl-C arrives twice when a task runner passes it on: only a later one is another. */
const secondPressAfterMs = 500;

const interrupted = new AbortController();
let pressedMs = 0;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(name, () => {
    if (!interrupted.signal.aborted) {
      pressedMs = performance.now();
      interrupted.abort(new Error("interrupted"));
    } else if (performance.now() - pressedMs > secondPressAfterMs) {
      // The servers' watchers and the clients notice by themselves that we are gone.
      Deno.exit(interruptedCode);
    }
  });
}

Deno.exit(await main());

async function main(): Promise<number> {
  try {
    const options = parseOptions(Deno.args);
    if (options.help) {
      console.log(usage);
      return 0;
    }
    const results = await runAll(options);
    console.log(tableOf(results));
    if (options.json !== undefined) await writeJson(options.json, results);
    const own = results.filter(({ client }) => client === ownClient);
    return own.every(isClean) ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) return interruptedCode;
    console.error(`The demo failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function runAll({ scenarios, controls }: DemoOptions): Promise<Result[]> {
  const names = clientNames();
  const groups = controls && names.controls.length > 0
    ? [names.main, names.controls]
    : [names.main];
  const results: Result[] = [];
  using progress = new Progress();
  for (const scenario of scenarios) {
    for (const group of groups) {
      results.push(...await runScenario(scenario, group, progress, interrupted.signal));
    }
  }
  return results;
}
