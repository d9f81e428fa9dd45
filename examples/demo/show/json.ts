/** The results as a file. */

import { isControl } from "../client/catalog.ts";
import type { Result } from "../measure/result.ts";

/** Writes `{ scenarios: [...] }`. A control has its own name in `control`. */
export async function writeJson(file: string, results: readonly Result[]): Promise<void> {
  const scenarios = results.map(({ remarks: _, client, ...result }) => {
    const { name, ...rest } = result;
    return isControl(client)
      ? { name, client: "control", control: client, ...rest }
      : { name, client, ...rest };
  });
  await Deno.writeTextFile(file, `${JSON.stringify({ scenarios }, null, 2)}\n`);
}
