/** What happens in some schedules of a seed, as one text. */

import { simulate } from "./simulate.ts";

/** The timelines of so many schedules, each after a line with its number. */
export async function timelines(seed: number, runs: number): Promise<string> {
  let text = "";
  let number = 0;
  const { failure } = await simulate({
    seed,
    runs,
    shrink: false,
    onEnd: ({ world }) => text += `schedule ${++number}\n${world.timeline}\n`,
  });
  if (failure !== undefined) text += `${failure.message}\n`;
  return text;
}
