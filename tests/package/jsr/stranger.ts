/** A folder of somebody who has nothing but Deno and the README. */

import { join } from "node:path";
import { manifest, root } from "../published.ts";
import { type Printed, run, type RunOptions } from "../program.ts";
import type { JsrRegistry } from "./registry.ts";

/** A project with a cache of its own, in which nothing of the package is. */
export class Stranger implements AsyncDisposable {
  readonly folder: string;
  readonly #env: Record<string, string>;

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.#env = env;
  }

  /** An empty folder, and a Deno that knows this registry as JSR. */
  static async arrive(registry: JsrRegistry): Promise<Stranger> {
    const folder = await Deno.makeTempDir({ prefix: "rekey-jsr-" });
    const cache = join(folder, ".deno");
    await Deno.mkdir(join(folder, "app"));
    await Deno.mkdir(cache);
    // What comes from npm is the same for everybody, and need not be fetched for each.
    const { stdout } = await run(Deno.execPath(), ["info", "--json"], { cwd: root });
    await Deno.symlink(JSON.parse(stdout).npmCache, join(cache, "npm"));
    return new Stranger(join(folder, "app"), { JSR_URL: registry.url, DENO_DIR: cache });
  }

  /** Runs Deno in the folder. */
  deno(args: readonly string[], options: Omit<RunOptions, "cwd"> = {}): Promise<Printed> {
    const env = { ...this.#env, ...options.env };
    return run(Deno.execPath(), args, { ...options, cwd: this.folder, env });
  }

  /** Writes a file into the folder. */
  write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(join(this.folder, name), text);
  }

  /** Removes it all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(join(this.folder, ".."), { recursive: true });
  }
}

/**
 * The README's command that adds the package to a project, with whatever else its examples import.
 * That is taken in the release that the tests run on, so that a new release of somebody else's
 * changes no outcome.
 */
export async function addCommand(): Promise<string[]> {
  const line = /^deno (add .*)$/m.exec(await readme())?.[1];
  if (line === undefined) throw new Error("The README has no line that begins with `deno add`.");
  const words = line.split(/\s+/).map((word) =>
    manifest.imports[word.replace(/^npm:/, "")] ?? word
  );
  const imported = (await readmeExamples())
    .flatMap((text) => [...text.matchAll(/ from "((?:@[^"/]+\/)?[^"/]+)/g)])
    .flatMap(([, name]) => manifest.imports[name!] ?? []);
  return [...new Set([...words, ...imported])];
}

/** The README's examples in TypeScript, as they stand there. */
export async function readmeExamples(): Promise<string[]> {
  return [...(await readme()).matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text]) => text!);
}

function readme(): Promise<string> {
  return Deno.readTextFile(`${root}README.md`);
}
