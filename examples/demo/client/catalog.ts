/** Which clients there are: a file in the folder `clients` is a client, and its name is its name. */

import type { DemoClient } from "./client.ts";

const folder = new URL("../clients/", import.meta.url);
const controlPrefix = "control_";

/** The names of the clients that are always measured, in the order in which they are shown. */
export function clientNames(): readonly string[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ isFile, name }) => isFile && name.endsWith(".ts"))
    .map(({ name }) => name.slice(0, -".ts".length))
    .filter((name) => !isControl(name))
    .sort();
}

/** Whether this client is there to show what a part is good for. */
export function isControl(name: string): boolean {
  return name.startsWith(controlPrefix);
}

/** Loads a client. A client's process loads its own and no other. */
export async function loadClient(name: string): Promise<DemoClient> {
  const module: { client: DemoClient } = await import(new URL(`${name}.ts`, folder).href);
  return module.client;
}
