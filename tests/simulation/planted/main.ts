/** Plants every bug in turn and runs the simulation on it: `deno task simulate:planted`. */

import { parseArgs } from "node:util";
import { bugs } from "./bugs.ts";
import { expose } from "./expose.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    only: { type: "string", default: "" },
    limit: { type: "string", default: "20000" },
    help: { type: "boolean" },
  },
});

const usage = `deno task simulate:planted [--only TEXT] [--limit N]
  Plants the bugs whose name or file contains TEXT, one after the other, and runs N schedules at
  most on each. Every one must be noticed by a property that is expected to notice it.`;

async function main(): Promise<number> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    console.error(`--limit is ${options.limit}: it must be a whole number above 0.\n${usage}`);
    return 2;
  }
  const chosen = bugs.filter(({ name, file }) => `${name} ${file}`.includes(options.only));
  if (chosen.length === 0) {
    console.error(`--only is ${options.only}: no bug has that in its name or file.\n${usage}`);
    return 2;
  }
  const width = Math.max(...chosen.map(({ name }) => name.length));
  let missed = 0;
  for (const bug of chosen) {
    const { caught, verdict, message, schedules, seconds } = await expose(bug, { limit });
    if (!caught) missed++;
    const count = String(schedules).padStart(6);
    const sign = caught ? "caught" : "MISSED";
    console.log(
      `${bug.name.padEnd(width)}  ${sign}  ${count} schedules  ${seconds.toFixed(0)} s  ${verdict}`,
    );
    if (!caught && message !== "") console.log(`  ${message.slice(0, 600).trim()}`);
  }
  console.log(`\n${chosen.length} bugs, ${missed} missed`);
  return missed === 0 ? 0 : 1;
}

if (options.help) console.log(usage);
else Deno.exit(await main());
