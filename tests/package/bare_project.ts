/** The npm tarball, installed into a project that has nothing else but its peers. */

import { join } from "node:path";
import { type Printed, run } from "./program.ts";
import { manifest, root } from "./published.ts";

/** What an app on npm has beside the package: the names as the sources import them. */
const peers = [
  "postgres",
  "mysql2",
  "drizzle-orm",
  "drizzle-orm-1",
  "@aws-sdk/client-secrets-manager",
];

/** A folder with the package in its `node_modules`. */
export interface BareProject extends AsyncDisposable {
  readonly folder: string;
  /** The path of the tarball. */
  readonly tarball: string;
  /** Runs a program in the folder. */
  run(program: string, args: readonly string[]): Promise<Printed>;
}

/** Packs the sources and installs the tarball, as a user of npm would. */
export async function installTarball(): Promise<BareProject> {
  const folder = await Deno.makeTempDir({ prefix: "rekey-tarball-" });
  const tarball = join(folder, "rekey.tgz");
  const here = { cwd: folder };
  try {
    const flags = ["--allow-dirty", "--no-source-maps", "-o", tarball];
    await run(Deno.execPath(), ["pack", ...flags], { cwd: root });
    await Deno.writeTextFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
    const quietly = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
    await run("npm", ["install", ...quietly, tarball, ...peers.map(npmSpecifier)], here);
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
  return {
    folder,
    tarball,
    run: (program, args) => run(program, args, here),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The release of a package that the tests of the sources run on, under the same name. */
function npmSpecifier(name: string): string {
  return `${name}@${manifest.imports[name]}`;
}
