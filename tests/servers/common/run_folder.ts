/** Where a running server has its data, its log, and the files to be put into its data. */
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { giveToServer } from "./identity.ts";

const MEMORY_FOLDER = "/dev/shm";
/** A container's usual 64 MB would not hold two servers, and a bench may write a gigabyte. */
const MEMORY_NEEDED_BYTES = 4 * 1024 ** 3;

/**
 * A new folder for one server's run: in memory when there is plenty, because ext4 without a journal
 * takes over a second to make a thousand files soon after as many were removed, and in the
 * temporary folder otherwise, when `TMPDIR` names one, or when what is written has to reach a disk.
 *
 * @param kind Of the server; the folder's name shows it.
 */
export async function makeRunFolder(
  kind: string,
  options: { onDisk: boolean },
): Promise<string> {
  const inMemory = !options.onDisk && !Deno.env.get("TMPDIR") && await hasPlentyOfMemory();
  const place = inMemory ? { dir: MEMORY_FOLDER } : {};
  const folder = await Deno.makeTempDir({ ...place, prefix: `rekey-${kind}-` });
  await giveToServer(folder);
  await Deno.mkdir(addedFiles(folder));
  await giveToServer(addedFiles(folder));
  return folder;
}

/** The server's data, made by the first start. */
export function dataFolder(folder: string): string {
  return join(folder, "data");
}

/** What is put into the data at the first start, over what the template has. */
export function addedFiles(folder: string): string {
  return join(folder, "added");
}

/** What the server has printed in all its starts. */
export function logFile(folder: string): string {
  return join(folder, "log");
}

async function hasPlentyOfMemory(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    const { bavail, bsize } = await statfs(MEMORY_FOLDER);
    return bavail * bsize >= MEMORY_NEEDED_BYTES;
  } catch {
    return false;
  }
}
