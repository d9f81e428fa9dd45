/** Plants a bug in a copy of the code. */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bug } from "./bug.ts";

/** The root of the repository. */
const root = fileURLToPath(new URL("../../../", import.meta.url));
/** What the simulation needs in order to run. */
const needed = ["core", "adapters/testing", "tests/simulation", "deno.json", "deno.lock"];

/** A copy of the code that has a bug. */
export interface Planted extends AsyncDisposable {
  readonly folder: string;
}

/**
 * The text of the bug's file, with the bug in it.
 *
 * @throws {Error} when the text to replace is not there, or more than once
 */
export async function mutate({ name, file, find, replace }: Bug): Promise<string> {
  const text = await readFile(join(root, file), "utf8");
  const times = text.split(find).length - 1;
  if (times !== 1) {
    throw new Error(
      `The code has moved on: the bug "${name}" replaces a text that must be once in ${file}, and ` +
        `it is there ${times} times. Correct it in tests/simulation/planted:\n${find}`,
    );
  }
  return text.replace(find, () => replace);
}

/** Copies the code to a temporary folder, with `bug` in it. */
export async function plant(bug: Bug): Promise<Planted> {
  const mutated = await mutate(bug);
  const folder = await mkdtemp(join(tmpdir(), "planted-"));
  for (const path of needed) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  await writeFile(join(folder, bug.file), mutated);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
