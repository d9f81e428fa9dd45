/** The command line. */

import { parseArgs } from "node:util";
import { primaryScenarios, replicaScenarios, type Scenario } from "./scenario.ts";

/** What was asked for. */
export interface DemoOptions {
  readonly help: boolean;
  readonly controls: boolean;
  readonly json: string | undefined;
  readonly scenarios: readonly Scenario[];
}

const all = [...primaryScenarios, ...replicaScenarios];

/** The text of --help. */
export const usage =
  `Rotates a real PostgreSQL's credentials under a drizzle load and shows what failed.

Usage: deno task demo [flags]

  --replica          run the load on a replica that lags behind
  --controls         after each scenario, run it on Rekey without the part that decides it
  --only SCENARIO    run one scenario
  --json FILE        write the results to FILE as JSON
  --help             show this text

Scenarios:
${all.map(({ name, summary }) => `  ${name.padEnd(18)} ${summary}`).join("\n")}`;

/**
 * Reads the flags.
 *
 * @throws {Error} saying which flag is wrong, with the usage
 */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { help, controls, replica, json, only } = valuesOf(args);
  if (json === "") throw new Error(`--json needs a file name.\n\n${usage}`);
  const set = replica ? replicaScenarios : primaryScenarios;
  const scenarios = only === undefined ? set : all.filter(({ name }) => name === only);
  if (scenarios.length === 0) throw new Error(`There is no scenario "${only}".\n\n${usage}`);
  return { help, controls, json, scenarios };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", default: false },
        controls: { type: "boolean", default: false },
        replica: { type: "boolean", default: false },
        json: { type: "string" },
        only: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}
