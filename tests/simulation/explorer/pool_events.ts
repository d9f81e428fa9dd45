/** What may happen next around a pool. */

import { delays, type PoolWorld } from "./pool_world.ts";

/** Something that may happen, as a readable line, and what it does. */
export type PoolEvent = readonly [line: string, happen: () => void];

/** Everything that may happen now. */
export function poolEventsOf(world: PoolWorld): PoolEvent[] {
  return [
    ...clients(world),
    ...openings(world),
    ...probes(world),
    ...connections(world),
    ...timeouts(world),
  ];
}

function may(world: PoolWorld, what: keyof PoolWorld["spent"]): boolean {
  return world.spent[what] < world.bounds[what];
}

function clients(world: PoolWorld): PoolEvent[] {
  const { pool, spent } = world;
  const events: PoolEvent[] = [];
  if (may(world, "dispatches")) {
    for (const kind of ["share", "own"] as const) {
      events.push([`dispatch ${kind}`, () => {
        spent.dispatches++;
        const client = world.client(kind);
        world.waiting.push(client);
        pool.dispatch(client);
      }]);
    }
  }
  const [first] = world.waiting;
  if (first !== undefined) {
    events.push(["the first who waits gives up", () => {
      world.waiting.shift();
      if (!pool.withdraw(first)) world.violation = "a waiter was lost";
    }]);
  }
  if (!world.ended) {
    events.push(["end", () => {
      world.ended = true;
      void pool.end(delays.end);
    }]);
  }
  return events;
}

function openings(world: PoolWorld): PoolEvent[] {
  const { pool, spent } = world;
  if (world.openings.length === 0) return [];
  const events: PoolEvent[] = [["a login succeeds", () => {
    const { over } = world;
    world.openings.shift();
    if (!over) pool.adopt(world.version());
    pool.opened(world.connection(), world.version());
  }]];
  if (spent.swaps > 0) {
    events.push(["a login falls back to the version before", () => {
      world.openings.shift();
      pool.opened(world.connection(), world.version(-1));
    }]);
  }
  if (may(world, "failures")) {
    events.push(["a login fails", () => {
      spent.failures++;
      world.failOpening();
    }]);
  }
  return events;
}

/** As `RotatingPool` does it: one probe at a time, and only while there is something to replace. */
function probes(world: PoolWorld): PoolEvent[] {
  const { pool, spent } = world;
  if (world.probing) {
    const events: PoolEvent[] = [];
    if (may(world, "failures")) {
      events.push(["the probe fails", () => {
        spent.failures++;
        world.probing = false;
        pool.probeFailed();
      }]);
    }
    if (may(world, "swaps")) {
      events.push(["the probe succeeds", () => {
        const { over } = world;
        spent.swaps++;
        world.probing = false;
        if (!over) pool.adopt(world.version());
        pool.opened(world.connection(), world.version());
      }]);
    }
    if (pool.stats().idle > 0) {
      events.push(["the server has no room for the probe", () => void pool.evictIdle()]);
    }
    return events;
  }
  const wanted = may(world, "swaps") && pool.hasConnections && !pool.ending && pool.hasRoomForProbe;
  return wanted
    ? [["a probe begins", () => {
      world.probing = true;
      pool.openProbe();
    }]]
    : [];
}

function connections(world: PoolWorld): PoolEvent[] {
  const { pool, spent } = world;
  const events: PoolEvent[] = world.pings.flatMap((slot, index): PoolEvent[] => {
    const { name, gone } = slot.connection;
    const answer = () => world.pings.splice(index, 1);
    const silent: PoolEvent = [`${name} does not answer the ping`, () => {
      answer();
      pool.pingFailed(slot);
    }];
    if (gone) return [silent];
    return [silent, [`${name} answers the ping`, () => {
      answer();
      pool.pinged(slot);
    }]];
  });
  for (const slot of world.slots) {
    const { connection } = slot;
    const { name } = connection;
    if (connection.statements > 0) {
      events.push([`the statements on ${name} end`, () => {
        connection.statements = 0;
        pool.settled(slot);
      }]);
    }
    if (connection.owned) {
      events.push([`the owner of ${name} gives it back`, () => {
        connection.owned = false;
        pool.release(slot);
      }]);
    }
    if (connection.closing || may(world, "losses")) {
      const what = connection.closing ? "is closed" : "is lost";
      events.push([`${name} ${what}`, () => {
        if (!connection.closing) spent.losses++;
        connection.gone = true;
        // Nobody hears of it any more: it is the adapter that tells its statements and its owner.
        world.slots.splice(world.slots.indexOf(slot), 1);
        pool.closed(slot);
      }]);
    }
  }
  return events;
}

function timeouts(world: PoolWorld): PoolEvent[] {
  const names: Record<number, string> = {
    [delays.lifetime]: "a lifetime is over",
    [delays.drain]: "the drain deadline passes",
    [delays.end]: "the deadline of end passes",
    [delays.idle]: "the idle watch looks",
    60_000: "a drain is slow",
  };
  return world.timers.flatMap((timer, index): PoolEvent[] => {
    const isEnd = timer.delayMs === delays.end;
    if (!isEnd && !may(world, "timeouts")) return [];
    return [[`${names[timer.delayMs] ?? "a pause is over"} (${index})`, () => {
      if (isEnd) world.deadlinePassed = true;
      else world.spent.timeouts++;
      timer.cancel();
      timer.run();
    }]];
  });
}
