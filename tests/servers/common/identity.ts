/** Who the server runs as, and how its programs are run. */

/**
 * The unprivileged user that servers run as when the tests run as root, undefined otherwise:
 * no server should run as root, and postgres refuses to. The user must exist on the machine, so it is `nobody`, which has
 * another number on macOS.
 */
export function serverIdentity(): { uid: number; gid: number } | undefined {
  if (Deno.uid() !== 0) return undefined;
  const nobody = Deno.build.os === "darwin" ? 4294967294 : 65534;
  return { uid: nobody, gid: nobody };
}

/**
 * What every server program is started with: the server's user, a folder that this user may enter,
 * and an environment without the caller's PG* variables, which would reach the replica's client.
 */
export function serverCommandOptions(): Deno.CommandOptions {
  return {
    ...serverIdentity(),
    cwd: "/",
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
  };
}

/**
 * Runs a program to its end as the server's user and returns its output.
 *
 * @param input What it reads from its standard input.
 * @throws {Error} With the command and its output, when it does not succeed.
 */
export async function runAsServer(
  program: string,
  args: readonly string[],
  input = "",
): Promise<string> {
  const command = [program, ...args].join(" ");
  const options = serverCommandOptions();
  const output = await outputOf(program, { ...options, args: [...args] }, input)
    .catch((error: Error) => {
      throw new Error(`Cannot run "${command}" as uid ${options.uid ?? Deno.uid()}: ${error}`);
    });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (output.success) return text(output.stdout);
  const printed = `${text(output.stdout)}${text(output.stderr)}`.trim();
  throw new Error(
    `"${command}" as uid ${options.uid ?? Deno.uid()} ended with ${output.code}: ${printed}`,
  );
}

/**
 * Runs a program to its end as the user who runs the tests, and returns its output.
 *
 * @throws {Error} With the command and its complaints, when it does not succeed.
 */
export async function run(program: string, args: readonly string[]): Promise<string> {
  const command = [program, ...args].join(" ");
  const output = await outputOf(program, { args: [...args] }, "").catch((error: Error) => {
    throw new Error(`Cannot run "${command}": ${error}`);
  });
  if (output.success) return new TextDecoder().decode(output.stdout);
  const printed = new TextDecoder().decode(output.stderr).trim();
  throw new Error(`"${command}" ended with ${output.code}: ${printed}`);
}

/** Gives a path to the server's user. Does nothing when the tests run as that user anyway. */
export async function giveToServer(path: string): Promise<void> {
  const identity = serverIdentity();
  if (identity !== undefined) await Deno.chown(path, identity.uid, identity.gid);
}

/** Writes a file that only the server's user may read. */
export async function writeForServer(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  await giveToServer(path);
}

async function outputOf(
  program: string,
  options: Deno.CommandOptions,
  input: string,
): Promise<Deno.CommandOutput> {
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(program, { ...options, ...piped }).spawn();
  // A program that ends without reading it all says in its output why.
  const [output] = await Promise.all([child.output(), writeInput(child.stdin, input)]);
  return output;
}

async function writeInput(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  await new Blob([input]).stream().pipeTo(stdin).catch(() => {});
}
