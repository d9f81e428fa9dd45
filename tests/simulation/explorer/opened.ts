/** The state machines with their private fields in the open: for looking and copying, not for change. */

import type { Ladder } from "../../../core/endpoint/ladder.ts";
import type { Pool } from "../../../core/pool/pool.ts";
import type { VersionOrder } from "../../../core/provider/version_order.ts";

/** What is explored: the classes themselves, or copies whose fields can be read. */
export interface Machines {
  readonly Ladder: typeof Ladder;
  readonly Pool: typeof Pool;
  readonly VersionOrder: typeof VersionOrder;
}

const core = new URL("../../../core/", import.meta.url);
/** The files in which `#name` becomes `$name`. Nothing else in them changes. */
const toOpen = /^(endpoint\/(ladder|rejections|lockouts)|provider\/version_order|pool\/\w+)\.ts$/;

/**
 * A search that is to go back needs the state of what it drives, and `#private` fields have none for
 * anybody else. So the files are copied, each `#name` renamed, and imported. That the copies do what
 * the originals do is checked by replaying schedules on both: see `replay`.
 */
export async function openedMachines(): Promise<Machines> {
  const folder = await Deno.makeTempDir({ prefix: "rekey-opened-" });
  try {
    await copyOpened(core, `${folder}/`, "");
    const load = (path: string) => import(new URL(path, `file://${folder}/`).href);
    const { Ladder } = await load("endpoint/ladder.ts");
    const { Pool } = await load("pool/pool.ts");
    const { VersionOrder } = await load("provider/version_order.ts");
    return { Ladder, Pool, VersionOrder };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function copyOpened(from: URL, to: string, path: string): Promise<void> {
  await Deno.mkdir(to + path, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, from))) {
    const inner = path + name;
    if (isDirectory) await copyOpened(from, to, `${inner}/`);
    else {
      const text = await Deno.readTextFile(new URL(inner, from));
      const opened = toOpen.test(inner) ? text.replace(/#(?=[a-z])/g, "$") : text;
      await Deno.writeTextFile(to + inner, opened);
    }
  }
}
