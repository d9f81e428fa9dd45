/** What is published, as deno.json and `deno publish` say. */

import { fileURLToPath } from "node:url";
import { run } from "./program.ts";

/** The repository's folder, with a slash at its end. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** The part of deno.json that is about the package. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  /** The entry points: what follows the name, from the dot on, and the module. */
  readonly exports: Readonly<Record<string, string>>;
  /** What the tests import, by name. */
  readonly imports: Readonly<Record<string, string>>;
  readonly tasks: { readonly docs: { readonly command: string } };
}

/** The package as deno.json has it. */
export const manifest: Manifest = JSON.parse(await Deno.readTextFile(`${root}deno.json`));

/** What an entry point is imported by: `@rekey/orm/aws` for `./aws`. */
export function entryName(entry: string): string {
  return `${manifest.name}${entry.slice(1)}`;
}

/** The paths of the files that `deno publish` would send, from the repository's folder on. */
export async function publishedFiles(): Promise<string[]> {
  // Whether they could be published is looked at by a dry run without these flags: `deno task ok`.
  const flags = ["--dry-run", "--allow-dirty", "--no-check", "--allow-slow-types"];
  const { stderr } = await run(Deno.execPath(), ["publish", ...flags], { cwd: root });
  return [...stderr.matchAll(/^\s+(file:\/\/\S+) \([\d.]+\w+\)$/gm)]
    .map(([, url]) => fileURLToPath(url!).slice(root.length));
}
