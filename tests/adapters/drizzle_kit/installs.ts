/** What drizzle-kit runs on: each release with its drizzle and the drivers, installed once. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { cached } from "../../servers/common/cache.ts";

/** A release of drizzle-kit, with the drizzle that belongs to it. */
export interface Release {
  readonly name: string;
  readonly packages: readonly string[];
}

const drivers = ["postgres@3.4.9", "mysql2@3.24.6"];

export const releases: readonly Release[] = [
  { name: "0.31.11", packages: ["drizzle-kit@0.31.11", "drizzle-orm@0.45.4", ...drivers] },
  {
    name: "1.0.0-rc.5",
    // 0.31 brings tsx; without it Node 20 loads no TypeScript but what drizzle-kit itself loads.
    packages: ["drizzle-kit@1.0.0-rc.5", "drizzle-orm@1.0.0-rc.5", "tsx@4.23.15", ...drivers],
  },
];

/** A folder whose `node_modules` has the release. */
export function installed({ name, packages }: Release): Promise<string> {
  return cached(`drizzle-kit-${name}-1`, async (folder) => {
    await Deno.writeTextFile(join(folder, "package.json"), '{"private":true,"type":"module"}');
    await run(folder, "npm", "install", "--no-audit", "--no-fund", ...packages);
  });
}

/** This package as Node gets it, unpacked into `folder`. */
export async function unpackTarball(folder: string): Promise<void> {
  const root = new URL("../../../", import.meta.url).pathname;
  const tarball = join(folder, "rekey.tgz");
  await run(root, Deno.execPath(), "pack", "--allow-dirty", "--no-source-maps", "-o", tarball);
  await run(folder, "tar", "-xzf", tarball);
}

async function run(cwd: string, command: string, ...args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${command} ${args.join(" ")}\n${decode(stdout)}\n${decode(stderr)}`);
}
