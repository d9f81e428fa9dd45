/**
 * What importing each entry point costs, beside other packages, on Node and on Deno, each time in a
 * fresh process. See bench/README.md for the method.
 */

import { run } from "../peers.ts";
import { show, spread } from "../spread.ts";
import { tableOf } from "../table.ts";
import { graphOf } from "./graph.ts";
import { type Module, modules } from "./modules.ts";

interface Cost {
  readonly ms: number;
  readonly rss: number;
  readonly heap: number;
}

const runtimes = ["node", "deno"] as const;
type Runtime = typeof runtimes[number];

const rounds = Number(Deno.args[0] ?? 11);
if (!Number.isInteger(rounds) || rounds < 3) {
  console.error("usage: deno task bench:import [ROUNDS], 3 or more");
  Deno.exit(2);
}

const folder = await Deno.makeTempDir({ prefix: "rekey-import-" });
try {
  const all = await modules(folder);
  const costs = new Map(all.map((module) => [module, { node: [] as Cost[], deno: [] as Cost[] }]));
  // The first round is for the caches of the disk and of Deno's compiler.
  for (let round = -1; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const module = all[(Math.abs(round) + i) % all.length]!;
      for (const runtime of runtimes) {
        const cost = await importOnce(module, runtime);
        if (round >= 0) costs.get(module)![runtime].push(cost);
      }
    }
  }
  const rows = await Promise.all(all.map(async (module) => {
    const { files, bytes } = await graphOf(module);
    const of = costs.get(module)!;
    return [
      module.name,
      String(files),
      (bytes / 1_000).toFixed(1),
      ...runtimes.flatMap((runtime) => cells(of[runtime])),
    ];
  }));
  const headings = runtimes.flatMap((
    name,
  ) => [`${name}, ms`, `${name}, RSS MB`, `${name}, heap MB`]);
  console.log(`Importing once in a fresh process: median [quartiles] of ${rounds}`);
  console.log(tableOf([["", "files", "kB", ...headings], ...rows]));
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function importOnce({ folder, specifier, after }: Module, runtime: Runtime): Promise<Cost> {
  const command = runtime === "node" ? "node" : Deno.execPath();
  const flags = runtime === "node" ? [] : ["run", "-A", "--no-lock"];
  const printed = await run(folder, command, ...flags, ...[
    "measure.js",
    specifier[runtime],
    ...after ? [after] : [],
  ]);
  return JSON.parse(printed.trim().split("\n").at(-1)!);
}

function cells(costs: readonly Cost[]): string[] {
  const megabytes = (of: (cost: Cost) => number) => show(spread(costs.map((c) => of(c) / 1e6)));
  return [
    show(spread(costs.map(({ ms }) => ms))),
    megabytes(({ rss }) => rss),
    megabytes(({ heap }) => heap),
  ];
}
