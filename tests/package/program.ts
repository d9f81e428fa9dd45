/** Runs programs to their end, and shows what they said when they fail. */

/** What a program printed. */
export interface Printed {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether a failure is returned like a success.
   * @default {false}
   */
  readonly mayFail?: boolean;
}

/**
 * Runs a program without colours.
 *
 * @throws {Error} With the command and all that it printed, when it fails.
 */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env, mayFail = false }: RunOptions,
): Promise<Printed> {
  const output = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr]
    .map((bytes) => new TextDecoder().decode(bytes));
  if (!output.success && !mayFail) {
    throw new Error(
      `"${[program, ...args].join(" ")}" ended with ${output.code}:\n${stdout}\n${stderr}`,
    );
  }
  return { success: output.success, stdout: stdout!, stderr: stderr! };
}
