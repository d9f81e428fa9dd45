/**
 * The simulation: `deno task simulate --runs N`. Every schedule follows from its seed, and a run is
 * resumed with `--from SEED`.
 */

import { parseArgs } from "node:util";
import { Coverage } from "./schedule/coverage.ts";
import { faults } from "./schedule/faults.ts";
import { type Failure, type Outcome, schedulesOfSeed, simulate } from "./simulate.ts";
import { Watchdog } from "./watchdog.ts";
import type { Message } from "./worker.ts";

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    runs: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    path: { type: "string" },
    replay: { type: "string" },
    "keep-going": { type: "boolean", default: false },
    help: { type: "boolean" },
  },
});

const usage = `deno task simulate [--runs N] [--from SEED] [--keep-going]
  Runs N schedules, ${schedulesOfSeed} from each seed, beginning with SEED. Ends with the first failure,
  or goes on with the next seed and tells of each.
deno task simulate --seed S --path P [--replay R]
  Runs one schedule again, and prints what happened in its world.`;

function number(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} is ${text}: it must be a whole number.\n${usage}`);
  Deno.exit(2);
}

/** Prints a failure. */
function tell(failure: Failure): void {
  const { message, schedule, timeline, seed, path, replayPath } = failure;
  console.log(`\n${timeline}\n${schedule}\n\n${message}\n\nRun it again:`);
  console.log(`deno task simulate --seed ${seed} --path ${path} --replay '${replayPath}'`);
}

async function again(seed: number, path: string): Promise<number> {
  const replayPath = options.replay ?? "";
  const { failure } = await simulate({ seed, path, replayPath, runs: 1 });
  if (failure !== undefined) {
    tell(failure);
    return 1;
  }
  console.log("The schedule breaks no property now.");
  return 0;
}

/** Has a worker run the schedules of a seed. Ends the program when one of them does not end. */
async function outcomeOf(
  worker: Worker,
  batch: { readonly seed: number; readonly runs: number },
): Promise<Outcome> {
  let begun = 0;
  const watchdog = new Watchdog(() => {
    console.log(`\nA schedule does not end. Run it again:`);
    console.log(`deno task simulate --seed ${batch.seed} --path ${begun}`);
    Deno.exit(1);
  });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Message>) => {
        watchdog.heard();
        if (data.type === "ended") resolve(data.outcome);
        else begun = data.run;
      };
      worker.onerror = reject;
      worker.postMessage(batch);
    });
  } finally {
    watchdog.stop();
  }
}

/** Runs the seeds on all cores. */
async function all(from: number, runs: number): Promise<number> {
  const total = new Coverage();
  const beganMs = performance.now();
  let seed = from;
  let left = runs;
  let violations = 0;
  let toldMs = beganMs;
  const work = async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    while (left > 0 && (violations === 0 || options["keep-going"])) {
      const batch = { seed: seed++, runs: Math.min(left, schedulesOfSeed) };
      left -= batch.runs;
      const outcome = await outcomeOf(worker, batch);
      total.add(outcome.coverage);
      if (outcome.failure !== undefined) {
        violations++;
        tell(outcome.failure);
      }
      if (performance.now() - toldMs < 10_000) continue;
      toldMs = performance.now();
      const rate = total.schedules / (toldMs - beganMs) * 1_000;
      console.log(
        `${total.schedules} of ${runs} schedules, ${rate.toFixed(0)} a second; next seed ${seed}`,
      );
    }
    worker.terminate();
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, work));
  if (violations > 0 && !options["keep-going"]) return 1;

  const names = Object.keys(faults);
  console.log(`\nHow often each fault met each step of a rotation:\n${total.table(names)}\n`);
  const seconds = (performance.now() - beganMs) / 1_000;
  console.log(
    `${total.rotations} rotations, ${total.operations} operations, ${total.faults} faults; ` +
      `${seconds.toFixed(0)} s; seeds ${from} to ${seed - 1}`,
  );
  const empty = total.empty(names);
  if (empty.length > 0 && runs >= 20_000) {
    console.log(`Never met: ${empty.join(", ")}`);
    return 1;
  }
  console.log(`${total.schedules} schedules, ${violations} violations`);
  return violations === 0 ? 0 : 1;
}

if (options.help) {
  console.log(usage);
} else if (options.seed !== undefined) {
  if (options.path === undefined) {
    console.error(`--seed needs --path.\n${usage}`);
    Deno.exit(2);
  }
  Deno.exit(await again(number("seed", options.seed), options.path));
} else {
  Deno.exit(await all(number("from", options.from), number("runs", options.runs)));
}
