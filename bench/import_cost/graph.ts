/** The files that importing a module loads, as V8's coverage on Node tells: of ESM and of CommonJS. */

import { run } from "../peers.ts";
import type { Module } from "./modules.ts";

/** The size of a module graph. */
export interface Graph {
  readonly files: number;
  readonly bytes: number;
}

/** Imports the module alone, and counts what was loaded for it. */
export async function graphOf({ folder, specifier }: Module): Promise<Graph> {
  const coverage = await Deno.makeTempDir({ prefix: "rekey-import-" });
  try {
    const variable = `NODE_V8_COVERAGE=${coverage}`;
    await run(folder, "env", variable, "node", "measure.js", specifier.node);
    const files = new Set<string>();
    for await (const { name } of Deno.readDir(coverage)) {
      const { result } = JSON.parse(await Deno.readTextFile(`${coverage}/${name}`));
      for (const { url } of result as { url: string }[]) {
        if (url.startsWith("file:") && !url.endsWith("/measure.js")) files.add(url);
      }
    }
    let bytes = 0;
    for (const file of files) bytes += (await Deno.stat(new URL(file))).size;
    return { files: files.size, bytes };
  } finally {
    await Deno.remove(coverage, { recursive: true });
  }
}
