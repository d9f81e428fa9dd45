/** What may happen next in a world. */

import { versionOf } from "./client_model.ts";
import * as outside from "./outside.ts";
import type { World } from "./world.ts";

/** Something that may happen, as a readable line, and what it does. */
export type Event = readonly [line: string, happen: (world: World) => void];

/** As long as a TTL. */
const ttlMs = 60_000;

/** Everything that may happen now. */
export function eventsOf(world: World): Event[] {
  return [...rotation(world), ...reads(world), ...time(world), ...logins(world)];
}

function rotation(world: World): Event[] {
  const { settings } = world;
  const events: Event[] = outside.rollBacks(world.outside, settings).map((what) => [
    `the ${what} is rolled back`,
    (world) => {
      world.outside = outside.undo(world.outside, what, settings);
      world.client.wasRolledBack = true;
    },
  ]);
  const step = outside.nextStep(world.outside, settings);
  if (step !== undefined && mayRotate(world)) events.push([step, takeStep]);
  if (world.outside.lag.length > 0) {
    events.push(["the replica applies a change", (world) => {
      world.outside = outside.apply(world.outside);
    }]);
  }
  return events;
}

function takeStep(world: World): void {
  const { settings, client } = world;
  if (world.outside.steps % 3 === 0 && !settings.overlapping) client.monitor.failedLately = 0;
  world.outside = outside.rotate(world.outside, settings);
}

/** Rotations that do not overlap: the next one begins when the one before is known everywhere. */
function mayRotate({ settings, client, flight, outside: { steps, lag, current } }: World): boolean {
  if (settings.overlapping || steps % 3 !== 0) return true;
  return lag.length === 0 && flight === undefined && client.phase.type === "idle" &&
    client.provider.cached === current && client.preferred === current;
}

/** The store answers at one moment, and the answer arrives at a later one. */
function reads({ flight, left, client: { phase } }: World): Event[] {
  const events: Event[] = [];
  if (flight === undefined) {
    if (left.refreshes > 0) {
      events.push(["the provider reads current", (world) => {
        world.spend("refreshes");
        world.flight = { joined: false };
      }]);
    }
  } else if (flight.answer === undefined) {
    events.push(["the store answers current", (world) => {
      world.flight = { joined: flight.joined, answer: world.outside.current };
    }]);
  } else {
    events.push([`current arrives: v${flight.answer}`, (world) => {
      world.flight = undefined;
      world.client.readCurrent(flight.answer!, flight.joined);
      world.join();
    }]);
  }
  if (phase.type !== "read" || phase.stage === "current") return events;
  const { stage } = phase;
  if (!("answer" in phase)) {
    events.push([`the store answers ${stage}`, ({ client, settings, outside }) => {
      client.phase = {
        ...phase,
        answer: settings.denied.includes(stage) ? undefined : outside[stage],
      };
    }]);
  } else {
    const what = phase.answer === undefined ? "none" : `v${phase.answer}`;
    events.push([`${stage} arrives: ${what}`, (world) => {
      world.client.readOther(stage, phase.answer);
      world.join();
    }]);
  }
  return events;
}

function time(world: World): Event[] {
  const { client: { phase }, left, flight, settings: { slow } } = world;
  const events: Event[] = [];
  const still = phase.type === "idle" && flight === undefined;
  if (left.waits > 0) {
    if (phase.type === "wait") {
      events.push(["the wait is over", (world) => {
        world.spend("waits");
        world.client.awake(phase.untilMs);
        world.join();
      }]);
    } else if (still || slow) {
      events.push(["a second passes", (world) => {
        world.spend("waits");
        world.client.nowMs += 1_000;
      }]);
    }
  }
  // A rotation, its lag and a search take less than a TTL together.
  const quiet = still && !outside.inFlux(world.outside);
  if (quiet && left.pauses > 0) {
    events.push(["a TTL passes", (world) => {
      world.spend("pauses");
      pause(world);
    }]);
  }
  return events;
}

/** Nothing happens for as long as a TTL. */
export function pause({ client }: World): void {
  client.nowMs += ttlMs;
  if (client.reprobe) client.reprobeNow();
}

function logins({ client: { phase, wanted }, left }: World): Event[] {
  const events: Event[] = [];
  if (phase.type === "login" || phase.type === "probe") {
    const { versionId } = phase.candidate.credential;
    events.push([`the ${phase.type} with ${versionId} arrives`, (world) => {
      const version = versionOf(phase.candidate.credential);
      world.client.answered(outside.accepts(world.outside, version, world.settings));
      world.join();
    }]);
  }
  if (phase.type === "idle") {
    if (left.logins > 0) {
      events.push(["a login is wanted", (world) => {
        world.spend("logins");
        world.client.want();
        world.join();
      }]);
    }
    if (wanted) events.push(["the probe begins", ({ client }) => client.probe()]);
  }
  if (phase.type === "wait" && !phase.probe && left.logins > 0) {
    events.push(["the budget is spent", ({ client }) => client.giveUp()]);
  }
  return events;
}
