/** How this runtime, Deno, Node or Bun, starts a program of ours or of drizzle-kit. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { RekeyError } from "../../core/errors.ts";
import { agentUrl } from "./agent/agent.ts";

/** A program with its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * The agent, which imports the user's module; `module` decides whether TypeScript must be loaded.
 *
 * It is a program of one line: a file of ours would be run by Deno under the configuration that is
 * nearest to that file, not under the project's.
 */
export function agentCommand(module: string): Command {
  const program = `import { startAgent } from ${JSON.stringify(agentUrl)};` +
    "startAgent((url) => import(url));";
  if (isDeno) return [process.execPath, "eval", "--quiet", program];
  const loader = isBun ? [] : typescriptLoader(module);
  return [process.execPath, ...loader, "--input-type=module", "--eval", program];
}

/** A CommonJS or ES program of a package. */
export function fileCommand(file: string): Command {
  return isDeno ? [process.execPath, "run", "-A", file] : [process.execPath, file];
}

/** The file in the nearest `node_modules` that has it. */
export function findInstalled(path: string, from: string = process.cwd()): string | undefined {
  for (let folder = from;; folder = dirname(folder)) {
    const file = join(folder, "node_modules", path);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}

const isDeno = process.versions.deno !== undefined;
const isBun = process.versions.bun !== undefined;

/**
 * The option that makes Node load TypeScript. tsx comes with drizzle-kit 0.31, and takes what Node's
 * own type stripping does not: imports without an extension, enums.
 */
function typescriptLoader(module: string): string[] {
  if (!/\.[cm]?ts$/.test(module)) return [];
  const kit = findInstalled("drizzle-kit/package.json");
  for (const from of [join(process.cwd(), "package.json"), kit]) {
    if (from === undefined) continue;
    try {
      return ["--import", pathToFileURL(createRequire(from).resolve("tsx")).href];
    } catch {
      // Not installed there.
    }
  }
  if ((process.features as { typescript?: unknown }).typescript) return [];
  throw new RekeyError(
    "INVALID_OPTION",
    `Node ${process.versions.node} cannot load ${module}. Install tsx, use Node 22.18 or newer, or ` +
      `name a .js file.`,
  );
}
