/** Explores the pool. A pool cannot be copied: every state is reached by a replay from the start. */

import { type Exploration, explore } from "./explore.ts";
import type { Machines } from "./opened.ts";
import { poolEventsOf } from "./pool_events.ts";
import { brokenRule } from "./pool_rules.ts";
import { type PoolBounds, PoolWorld } from "./pool_world.ts";

/** A schedule: which event was chosen each time. */
interface Point {
  readonly before: Point | undefined;
  readonly choice: number;
}

/** See above. `machines` are opened ones. */
export function explorePool(bounds: PoolBounds, machines: Machines): Exploration {
  // The state that was asked for last: most questions are about one and the same.
  let last: { readonly point: Point; readonly world: PoolWorld } | undefined;
  const reach = (point: Point): PoolWorld => {
    if (last?.point === point) return last.world;
    const choices: number[] = [];
    for (let at: Point | undefined = point; at?.before !== undefined; at = at.before) {
      choices.push(at.choice);
    }
    const world = new PoolWorld(bounds, machines);
    for (const choice of choices.reverse()) poolEventsOf(world)[choice]![1]();
    last = { point, world };
    return world;
  };
  return explore<Point>({ before: undefined, choice: 0 }, {
    key: (point) => reach(point).key(),
    next: (point) =>
      poolEventsOf(reach(point)).map(([line], choice) => [line, () => ({ before: point, choice })]),
    fault: (point) => {
      const world = reach(point);
      return brokenRule(world, isOver(world));
    },
  });
}

/** Looks into an opened pool. */
function isOver({ pool }: PoolWorld): boolean {
  return (pool as unknown as { $ending: { $over: boolean } }).$ending.$over;
}

/** What the pool asks for in a schedule, in order. */
export function replayPool(
  bounds: PoolBounds,
  machines: Machines,
  schedule: readonly string[],
): readonly string[] {
  const world = new PoolWorld(bounds, machines);
  for (const line of schedule) {
    const event = poolEventsOf(world).find(([name]) => name === line);
    if (event === undefined) throw new Error(`"${line}" cannot happen`);
    event[1]();
  }
  return world.trace;
}
