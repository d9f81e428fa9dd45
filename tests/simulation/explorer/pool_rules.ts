/** What must hold around a pool after every event. */

import type { PoolWorld } from "./pool_world.ts";

/** The first rule that is broken, if any. `ended` tells whether the pool's end was reached. */
export function brokenRule(world: PoolWorld, over: boolean): string | undefined {
  const { pool, bounds, waiting, slots, pings, timers } = world;
  if (world.violation !== undefined) return world.violation;
  const stats = pool.stats();
  const opening = world.openings.length + (world.probing ? 1 : 0);
  if (Object.values(stats).some((count) => typeof count === "number" && count < 0)) {
    return "a counter is negative";
  }
  if (stats.opening !== opening && !over) return "openings are miscounted";
  if (stats.waiting !== waiting.length) return "a waiter was lost";
  if (slots.length + opening > bounds.max + 1) return "more than max + 1 connections";
  for (const slot of slots) {
    if (slot.state === "idle" && slot.outdated) return "an outdated connection stays idle";
    if (slot.state === "idle" && slot.retired) return "a retired connection stays idle";
    const { statements, owned, closing } = slot.connection;
    const working = statements > 0 || owned || closing || pings.includes(slot);
    if (!working && slot.state !== "idle") return "a connection is forgotten";
    if (slot.outdated && !slot.retired) return "an outdated connection takes work";
  }
  if (over) {
    if (waiting.length > 0) return "somebody waits after the end";
    if (slots.some(({ connection }) => !connection.closing)) return "a connection outlives the end";
    return timers.length > 0 ? "a timer outlives the end" : undefined;
  }
  if (world.over) return "the end is not reached";
  if (waiting.length > 0 && stats.idle > 0) return "somebody waits beside an idle connection";
  // Whatever is on its way will end, and then it is his turn.
  const pause = timers.some(({ delayMs }) => delayMs < 10_000);
  if (waiting.length > 0 && slots.length + pings.length + opening === 0 && !pause) {
    return "somebody waits for nothing";
  }
  return undefined;
}
