/** Plants a bug and hunts for it, in a process of its own that is ended when it hangs. */

import { join } from "node:path";
import type { Bug } from "./bug.ts";
import type { HuntResult } from "./hunt.ts";
import { plant } from "./plant.ts";

/** The schedules of a seed take seconds: a process that is silent for longer has hung. */
const silenceMs = 60_000;

/** What became of a bug. */
export interface Exposure {
  readonly bug: Bug;
  /** Whether one of the expected properties noticed it. */
  readonly caught: boolean;
  /** What happened, in a word or two: the property, or why it does not count as caught. */
  readonly verdict: string;
  /** What the property, or the crash, says. */
  readonly message: string;
  readonly schedules: number;
  readonly seconds: number;
}

/** How a bug is hunted. */
export interface ExposeOptions {
  /** The most schedules. */
  readonly limit: number;
  /**
   * Whether the copy's types are checked first: what the compiler notices is no catch.
   * @default {true}
   */
  readonly check?: boolean;
}

/** Plants `bug` and runs the simulation until it notices. */
export async function expose(bug: Bug, { limit, check = true }: ExposeOptions): Promise<Exposure> {
  await using planted = await plant(bug);
  const beganMs = performance.now();
  const script = join(planted.folder, "tests/simulation/planted/hunt.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", check ? "--check" : "--no-check", script, String(limit)],
    cwd: planted.folder,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hung = false;
  const kill = () => {
    hung = true;
    child.kill("SIGKILL");
  };
  let watchdog = setTimeout(kill, silenceMs);
  const errors = new Response(child.stderr).text();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    clearTimeout(watchdog);
    watchdog = setTimeout(kill, silenceMs);
  }
  const { success } = await child.status;
  clearTimeout(watchdog);
  const stderr = await errors;
  const last = output.trim().split("\n").at(-1) || "{}";
  const about = { bug, seconds: (performance.now() - beganMs) / 1_000 };
  const { schedules = 0, ...rest }: Partial<HuntResult> = hung ? {} : JSON.parse(last);
  if (hung || !success) {
    const verdict = hung ? "hangs" : "crashes";
    return { ...about, caught: false, verdict, message: stderr, schedules };
  }
  const { property, message = "" } = rest;
  if (property === undefined) {
    const verdict = message === "" ? "not caught" : "crashes";
    return { ...about, caught: false, verdict, message, schedules };
  }
  const caught = bug.expected.includes(property);
  const verdict = caught ? `(${property})` : `(${property}), expected (${bug.expected.join(", ")})`;
  return { ...about, caught, verdict, message, schedules };
}
