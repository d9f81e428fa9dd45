/** Which clients there are: a file in the folder `clients` is a client, and its name is its name. */

import type { DemoClient } from "./client.ts";

const folder = new URL("../clients/", import.meta.url);
const controlPrefix = "control_";

/** The names of the clients, in the order in which they are shown. */
export interface ClientNames {
  /** Those that are always measured. */
  readonly main: readonly string[];
  /** Those whose file begins with `control_`: measured with --controls. */
  readonly controls: readonly string[];
}

/** Looks the clients up. */
export function clientNames(): ClientNames {
  const names = [...Deno.readDirSync(folder)]
    .filter(({ isFile, name }) => isFile && name.endsWith(".ts"))
    .map(({ name }) => name.slice(0, -".ts".length))
    .sort();
  return {
    main: names.filter((name) => !isControl(name)),
    controls: names.filter(isControl),
  };
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
