/** The folder in which binaries and template data folders are kept between runs. */
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Where things are cached: `REKEY_SERVERS_CACHE`, or for root a folder that the server's user may
 * enter (root's home is closed to it), or the user's own cache folder.
 */
export function cacheFolder(): string {
  const chosen = Deno.env.get("REKEY_SERVERS_CACHE");
  if (chosen) return chosen;
  if (Deno.uid() === 0) return "/var/tmp/rekey-servers-0";
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  if (xdg) return join(xdg, "rekey-servers");
  const home = Deno.env.get("HOME");
  return home
    ? join(home, ".cache", "rekey-servers")
    : join(tmpdir(), `rekey-servers-${Deno.uid()}`);
}

/**
 * The path of a cached folder, made by `build` when there is none. The folder appears complete or
 * not at all: it is built under a temporary name and renamed, so test processes may be killed at any
 * moment. Of processes that race for it one builds, and the others wait.
 *
 * @param build Fills the empty folder whose path it gets.
 * @param root The cache, made when there is none.
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<void>,
  root: string = cacheFolder(),
): Promise<string> {
  const final = join(root, name);
  await openRoot(root);
  if (await exists(final)) return final;

  // The system gives up the lock of a process that is killed.
  using lock = await Deno.open(join(root, `.lock-${name}`), { create: true, write: true });
  await lock.lock(true);
  if (await exists(final)) return final;
  await removeRemains(root, name);
  const temporary = await Deno.makeTempDir({ dir: root, prefix: temporaryPrefix(name) });
  try {
    await Deno.chmod(temporary, 0o755);
    await build(temporary);
    await Deno.rename(temporary, final);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true });
    throw error;
  }
  return final;
}

/** Makes the root, and refuses one that another user could have filled with programs to be run. */
async function openRoot(root: string): Promise<void> {
  if (!(await exists(root))) {
    await Deno.mkdir(root, { recursive: true });
    await Deno.chmod(root, 0o755);
  }
  const { uid, isDirectory } = await Deno.lstat(root);
  if (!isDirectory || uid !== Deno.uid()) {
    throw new Error(
      `The cache of servers, ${root}, must be a folder of uid ${Deno.uid()}, but it belongs to ` +
        `uid ${uid}. Remove it, or name another in REKEY_SERVERS_CACHE.`,
    );
  }
}

/** Removes what builds that were killed have left: no other build is running. */
async function removeRemains(root: string, name: string): Promise<void> {
  for await (const entry of Deno.readDir(root)) {
    if (!entry.name.startsWith(temporaryPrefix(name))) continue;
    // A program that the killed process had started may still be writing there.
    await Deno.remove(join(root, entry.name), { recursive: true }).catch(() => {});
  }
}

function temporaryPrefix(name: string): string {
  return `.building-${name}.`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}
