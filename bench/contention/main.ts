/**
 * Rekey's provider beside other caches of secrets: what a hit costs, and what many callers at once
 * cost the store and each other. See bench/README.md for the method.
 */

import type { Allocations } from "./allocations.ts";
import { measureHits } from "./hits.ts";
import { report } from "./report.ts";
import { subjects } from "./subjects.ts";
import { nothing } from "./subjects/limits.ts";
import { rekeyGet } from "./subjects/rekey.ts";
import { measureWaits, waitScenarios } from "./waits.ts";

const rounds = Number(Deno.args[0] ?? 21);
if (!Number.isInteger(rounds) || rounds < 3) {
  console.error("usage: deno task bench:contention [ROUNDS], 3 or more");
  Deno.exit(2);
}
const hits = await measureHits(subjects, rounds, 10_000);
const fetching = subjects.filter(({ hitsOnly }) => !hitsOnly);
const waits = await measureWaits(fetching, waitScenarios, Math.min(rounds, 5));
const allocations = await allocationsOf();
console.log(report({ hits, waits, allocations }, rekeyGet.name, nothing.name));

/** In a process of its own: its flags would change the times. */
async function allocationsOf(): Promise<Record<string, Allocations>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--v8-flags=--expose-gc,--min-semi-space-size=64",
      new URL("allocations.ts", import.meta.url).pathname,
    ],
    stderr: "inherit",
  }).output();
  return JSON.parse(new TextDecoder().decode(stdout));
}
