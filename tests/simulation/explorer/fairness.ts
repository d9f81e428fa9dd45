/** What must come true once nobody rotates and nothing is applied any more. */

import { eventsOf, pause } from "./events.ts";
import { faults } from "./monitor.ts";
import { accepts } from "./outside.ts";
import type { World } from "./world.ts";

/** In so many events a search must end, and the endpoint must be where the store is. */
const patience = { search: 200, settling: 200 };

/** How far it is to the goal from situations that were met before. */
type Known = Map<string, number>;

/** Follows every state that it is shown to its end in peace. One for each configuration. */
export class Fairness {
  readonly #searches: Known = new Map();
  readonly #settlings: Known = new Map();
  /** The most events that a search took to its end. */
  longestSearch = 0;
  /** The most events until the endpoint preferred what the store names. */
  longestSettling = 0;

  /** What does not come true from here, if anything. */
  violation(world: World): string | undefined {
    if (world.client.phase.type !== "idle" && hasCandidate(world)) {
      const events = follow(world, this.#searches, patience.search, searchStep);
      if (events === undefined) return faults.endless;
      this.longestSearch = Math.max(this.longestSearch, events);
    }
    if (!accepts(world.outside, world.outside.current, world.settings)) return undefined;
    const events = follow(world, this.#settlings, patience.settling, settlingStep);
    if (events === undefined) return faults.stuck;
    this.longestSettling = Math.max(this.longestSettling, events);
    return undefined;
  }
}

/** Whether anything that the process can read or remembers would be accepted. */
function hasCandidate({ client, outside, settings, flight }: World): boolean {
  const { current, pending, previous } = outside;
  const { denied } = settings;
  const readable = [
    current,
    denied.includes("pending") ? undefined : pending,
    denied.includes("previous") ? undefined : previous,
  ];
  // What the provider does not believe yet, it will not hand out either.
  if (client.provider.cached !== current && flight !== undefined) readable.shift();
  return [client.preferred, ...readable].some((version) =>
    version !== undefined && accepts(outside, version, settings)
  );
}

/** What happens next; undefined when the goal is reached. */
type Step = (world: World) => RegExp | typeof pause | undefined;

const answers =
  /^(the store answers|(current|pending|previous|the login|the probe).* arrives|the wait is over)/;

function searchStep({ client }: World): ReturnType<Step> {
  return client.phase.type === "idle" ? undefined : answers;
}

function settlingStep({ client, outside, flight }: World): ReturnType<Step> {
  const { phase, provider, wanted, reprobe, preferred } = client;
  if (phase.type !== "idle" || flight !== undefined) return answers;
  if (preferred === outside.current && provider.cached === outside.current) return undefined;
  if (provider.suspect !== undefined && provider.suspect.atMs > client.nowMs - 1_000) {
    return /^a second passes/;
  }
  if (provider.cached !== outside.current) return /^the provider reads/;
  if (wanted) return /^the probe begins/;
  return reprobe ? pause : /^a login is wanted/;
}

/** Takes the events that `step` names. Returns how many there were, if it came to an end. */
function follow(world: World, known: Known, most: number, step: Step): number | undefined {
  const passed: string[] = [];
  let rest = 0;
  const state = world.fork();
  while (passed.length <= most) {
    // Whatever is scarce in the search is plentiful here.
    state.left = { logins: 1, waits: 1, refreshes: 1, pauses: 1 };
    const situation = state.situation();
    const distance = known.get(situation);
    const what = distance === undefined ? step(state) : undefined;
    if (what === undefined) {
      rest = distance ?? 0;
      passed.reverse().forEach((each, index) => known.set(each, rest + index + 1));
      return rest + passed.length;
    }
    passed.push(situation);
    const happen = typeof what === "function" ? what : peaceful(state, what);
    if (happen === undefined) return undefined;
    happen(state);
  }
  return undefined;
}

function peaceful(state: World, line: RegExp): ((world: World) => void) | undefined {
  return eventsOf(state).find(([name]) => line.test(name))?.[1];
}
