/** The command line. */

import { parseArgs } from "node:util";
import type { DatabaseName } from "./client/client.ts";
import { primaryScenarios, replicaScenarios, type Scenario } from "./scenario.ts";

/** What was asked for. */
export interface DemoOptions {
  readonly help: boolean;
  readonly database: DatabaseName;
  readonly controls: boolean;
  readonly json: string | undefined;
  readonly scenarios: readonly Scenario[];
}

const all = [...primaryScenarios, ...replicaScenarios];

/** The text of --help. */
export const usage =
  `Rotates a real database's credentials under a drizzle load and shows what failed.

Usage: deno task demo [flags]

  --mysql            on MySQL instead of PostgreSQL
  --mariadb          on MariaDB instead of PostgreSQL
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
  const { help, controls, replica, json, only, mysql, mariadb } = valuesOf(args);
  if (mysql && mariadb) throw new Error(`Give --mysql or --mariadb, not both.\n\n${usage}`);
  const database = mysql ? "mysql" : mariadb ? "mariadb" : "postgres";
  if (json === "") throw new Error(`--json needs a file name.\n\n${usage}`);
  const set = only === undefined
    ? replica ? replicaScenarios : primaryScenarios
    : all.filter(({ name }) => name === only);
  if (set.length === 0) throw new Error(`There is no scenario "${only}".\n\n${usage}`);
  const scenarios = set.filter(({ databases }) => databases?.includes(database) ?? true);
  if (scenarios.length === 0) throw new Error(`${database} cannot do "${only}".\n\n${usage}`);
  return { help, database, controls, json, scenarios };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", default: false },
        controls: { type: "boolean", default: false },
        mysql: { type: "boolean", default: false },
        mariadb: { type: "boolean", default: false },
        replica: { type: "boolean", default: false },
        json: { type: "string" },
        only: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n\n${usage}`);
  }
}
