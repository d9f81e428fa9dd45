/** Plants a bug and hunts for it, in a process of its own that is ended when it hangs. */

import { join } from "node:path";
import type { Bug } from "./bug.ts";
import type { HuntResult } from "./hunt.ts";
import { plant } from "./plant.ts";
import { Watchdog } from "../watchdog.ts";

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
  const watchdog = new Watchdog(() => {
    hung = true;
    child.kill("SIGKILL");
  });
  const errors = new Response(child.stderr).text();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    // The last line and the one before it, which is whole when that one is cut.
    output = (output + text).split("\n").slice(-3).join("\n");
    watchdog.heard();
  }
  const { success } = await child.status;
  watchdog.stop();
  const stderr = await errors;
  const lines = output.trim().split("\n");
  const last = lines.at(-1) || "{}";
  const about = { bug, seconds: (performance.now() - beganMs) / 1_000 };
  const { schedules = 0, ...rest }: Partial<HuntResult> = hung ? {} : JSON.parse(last);
  if (hung || !success) {
    const verdict = hung ? "hangs" : "crashes";
    const message = hung ? `in the schedule ${lines.at(-2) ?? ""} or ${last}` : stderr;
    return { ...about, caught: false, verdict, message, schedules };
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
