/** The runner's command line: everything on it is drizzle-kit's. */

/** What is to be run. */
export interface RunnerArguments {
  /** For drizzle-kit. */
  readonly args: readonly string[];
  /** The command of drizzle-kit, for messages. */
  readonly command: string;
  /** Whether it runs until it is ended, on a credential that it never reads again. */
  readonly isStudio: boolean;
}

/** `-- migrate` and `migrate` are the same; a further `--` is drizzle-kit's. */
export function parseArguments(given: readonly string[]): RunnerArguments {
  const args = given[0] === "--" ? given.slice(1) : [...given];
  const command = args.find((arg) => !arg.startsWith("-")) ?? "";
  return { args, command, isStudio: command === "studio" };
}
