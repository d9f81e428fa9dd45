/** Prints the timelines of a seed, on any runtime: `timeline.ts SEED RUNS`. */

import process from "node:process";
import { timelines } from "./timelines.ts";

const [seed, runs] = process.argv.slice(2).map(Number);
process.stdout.write(await timelines(seed!, runs!));
