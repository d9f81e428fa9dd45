/** Other packages, to measure beside ours: installed by npm, once, into the cache of the tests. */

import { cached } from "../tests/servers/common/cache.ts";

/**
 * A folder with these packages in its `node_modules`. They stay out of deno.json and of its lock:
 * every command of the project would install them.
 *
 * @param packages exact versions, as `name@version`; peers included, none is added
 * @param finish adds what the folder needs besides
 */
export async function installed(
  name: string,
  packages: readonly string[],
  finish: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(packages));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  return await cached(`bench-${name}-${digest.slice(0, 12)}`, async (folder) => {
    await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true, "type": "module" }\n');
    // Deno's own commands in this folder are to use what npm installed.
    await Deno.writeTextFile(`${folder}/deno.json`, '{ "nodeModulesDir": "manual" }\n');
    const flags = ["--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"];
    await run(folder, "npm", "install", ...flags, ...packages);
    await finish(folder);
  });
}

/** Runs a program in a folder; returns what it printed. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${command} ${args.join(" ")} failed in ${cwd}:\n${out}${err}`);
  return out!;
}
