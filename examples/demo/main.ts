/**
 * The demo: rotates a real database's credentials under a drizzle load, with and without this
 * package, and shows what failed. Needs nothing installed but Deno.
 */

import { clientNames, isControl } from "./client/catalog.ts";
import { loadDatabase } from "./databases/catalog.ts";
import { breachesOf } from "./measure/limits.ts";
import { hasFailed, type Result } from "./measure/result.ts";
import { type DemoOptions, parseOptions, usage } from "./options.ts";
import { runScenario } from "./run_scenario.ts";
import type { Scenario } from "./scenario.ts";
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
    const complaints = results.flatMap((result) => complaintsOf(result, options));
    for (const complaint of complaints) console.error(complaint);
    return complaints.length === 0 ? 0 : 1;
  } catch (error) {
    if (interrupted.signal.aborted) return interruptedCode;
    console.error(`The demo failed: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

function complaintsOf(result: Result, { scenarios }: DemoOptions): string[] {
  const scenario = scenarios.find(({ name }) => name === result.name)!;
  if (result.client === ownClient) return breachesOf(result, scenario);
  // A zero says nothing when it would have been one without us.
  return isControl(result.client) && !hasFailed(result)
    ? [`${result.name}: the control did not fail, so this run proves nothing.`]
    : [];
}

async function runAll({ scenarios, controls, database: name }: DemoOptions): Promise<Result[]> {
  const database = await loadDatabase(name);
  const results: Result[] = [];
  using progress = new Progress();
  for (const scenario of scenarios) {
    const run = (variant: Scenario, clients: readonly string[]) =>
      runScenario(database, variant, clients, progress, interrupted.signal);
    const clients = clientNames();
    for (const together of scenario.apart ? clients.map((client) => [client]) : [clients]) {
      results.push(...await run(scenario, together));
    }
    const { control, controlStrategy: strategy = scenario.strategy } = scenario;
    if (controls && control !== undefined) {
      results.push(...await run({ ...scenario, strategy }, [control]));
    }
  }
  return results;
}
