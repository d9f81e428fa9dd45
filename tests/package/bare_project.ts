/** The npm tarball, installed into a project that has nothing else but its peers. */

import { join } from "node:path";
import { cached } from "../servers/common/cache.ts";
import { run } from "./program.ts";
import { manifest, root } from "./published.ts";

/** What an app on npm has beside the package: the names as the sources import them. */
const peers = [
  "postgres",
  "mysql2",
  "drizzle-orm",
  "drizzle-orm-1",
  "@aws-sdk/client-secrets-manager",
];

/** What looks at the package; two compilers, because the newer one is another program. */
const tools = [
  "@arethetypeswrong/cli@0.18.5",
  "@types/node@20.19.43",
  "publint@0.3.25",
  "typescript@7.0.2",
  "typescript-5@npm:typescript@5.9.3",
];

/** A folder with the package in its `node_modules`. */
export interface BareProject extends AsyncDisposable {
  readonly folder: string;
  /** The path of the tarball. */
  readonly tarball: string;
  /** The path of a file in a package of somebody else's. */
  packageFile(path: string): string;
}

/** Packs the sources and installs the tarball, as a user of npm would. */
export async function installTarball(): Promise<BareProject> {
  const others = await otherPackages();
  const outer = await Deno.makeTempDir({ prefix: "rekey-tarball-" });
  const folder = join(outer, "app");
  const tarball = join(outer, "rekey.tgz");
  try {
    // Found from the project on upwards, as in a workspace: they are fetched once for all runs.
    await Deno.symlink(others, join(outer, "node_modules"));
    await Deno.mkdir(folder);
    const flags = ["--allow-dirty", "--no-source-maps", "-o", tarball];
    await run(Deno.execPath(), ["pack", ...flags], { cwd: root });
    await install(folder, [tarball]);
  } catch (error) {
    await Deno.remove(outer, { recursive: true });
    throw error;
  }
  return {
    folder,
    tarball,
    packageFile: (path) => join(others, path),
    [Symbol.asyncDispose]: () => Deno.remove(outer, { recursive: true }),
  };
}

/** The `node_modules` with what is not ours; the releases are those that the sources run on. */
async function otherPackages(): Promise<string> {
  const packages = [...peers.map((name) => `${name}@${manifest.imports[name]}`), ...tools];
  const bytes = new TextEncoder().encode(packages.join("\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  const folder = await cached(
    `npm-packages-${digest.slice(0, 16)}`,
    (folder) => install(folder, packages),
  );
  return join(folder, "node_modules");
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  await Deno.writeTextFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
  const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
  await run("npm", ["install", ...quietly, ...packages], { cwd: folder });
}
