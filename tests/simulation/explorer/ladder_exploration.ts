/** Explores one configuration of a ladder in a world. */

import type { Configuration } from "./configurations.ts";
import { eventsOf } from "./events.ts";
import { type Exploration, explore } from "./explore.ts";
import { Fairness } from "./fairness.ts";
import type { Machines } from "./opened.ts";
import { World } from "./world.ts";

/** What was found. */
export interface LadderExploration extends Exploration {
  /** The most failed logins: in one rotation, or in all when they overlap. */
  readonly mostFailed: number;
  /** The shortest schedule with so many. */
  readonly worst: readonly string[];
  /** The most events that a search took to its end, once nothing else happened. */
  readonly longestSearch: number;
}

/** See above. `machines` are opened ones. */
export function exploreLadder({ settings }: Configuration, machines: Machines): LadderExploration {
  const fairness = new Fairness();
  let visited = 0, mostFailed = 0, worst = 0;
  const exploration = explore(World.begin(settings, machines), {
    key: (world) => world.key(),
    next: (world) =>
      eventsOf(world).map(([line, happen]) => [line, () => {
        const after = world.fork();
        happen(after);
        return after;
      }]),
    fault: (world) => {
      const { failedLately, violation } = world.client.monitor;
      if (failedLately > mostFailed) {
        mostFailed = failedLately;
        worst = visited;
      }
      visited++;
      return violation ?? fairness.violation(world);
    },
  });
  const { longestSearch } = fairness;
  return { ...exploration, mostFailed, worst: exploration.scheduleOf(worst), longestSearch };
}

/** What the ladder does in a schedule: its actions, in order. */
export function replay(
  { settings }: Configuration,
  machines: Machines,
  schedule: readonly string[],
): string[] {
  const actions: string[] = [];
  const world = World.begin(settings, machines);
  world.client.onAction = (action) => actions.push(action);
  for (const line of schedule) {
    const event = eventsOf(world).find(([name]) => name === line);
    if (event === undefined) throw new Error(`"${line}" cannot happen after ${actions.join("; ")}`);
    event[1](world);
  }
  return actions;
}
