/** What callers and the store go through when nothing is cached yet, and when it expires. */

import { type Spread, spread } from "../spread.ts";
import { Store, storeFailure, type StoreKind } from "./store.ts";
import { fill, type Getter, type OpenCache, type Subject } from "./subject.ts";

/** The shortest TTL that every subject knows, in milliseconds. */
const ttlMs = 1_000;
/** Until shortly before expiry somebody asks this often, in milliseconds. */
const trickleMs = 20;
/** From one cache's expiry to the next one's, in milliseconds: no burst is to meet another. */
const slotMs = (callers: number) => callers > 1_000 ? 400 : 60;

/** When many callers ask at once. */
export interface WaitScenario {
  readonly when: "cold" | "expiry";
  readonly callers: number;
  readonly store: StoreKind;
  readonly secrets: number;
}

/** What one burst of callers saw. */
export interface Burst {
  /** Reads of the store, for the burst and ahead of it. */
  readonly fetches: number;
  readonly worstWaitMs: number;
  /** Callers who got an error, or no secret. */
  readonly failed: number;
}

/** What the bursts of one subject saw. */
export interface Waits {
  /** The most of any round. */
  readonly fetches: number;
  readonly worstWaitMs: Spread;
  /** The most of any round. */
  readonly failed: number;
}

/** All scenarios. */
export const waitScenarios: readonly WaitScenario[] = (["cold", "expiry"] as const).flatMap(
  (when) => [
    ...(["fast", "slow", "failing"] as const).flatMap((store) =>
      [1, 100, 10_000].map((callers) => ({ when, callers, store, secrets: 1 }))
    ),
    { when, callers: 10_000, store: "slow" as const, secrets: 10 },
  ],
);

/** A scenario's row in a table. */
export function nameOf({ when, callers, store, secrets }: WaitScenario): string {
  const of = secrets > 1 ? ` of ${secrets} secrets` : "";
  const many = callers === 1 ? "1 caller" : `${callers.toLocaleString("en")} callers`;
  return `${when === "cold" ? "cold" : "at expiry"}, ${store} store, ${many}${of}`;
}

/** Measures scenarios on subjects: by scenario and subject. */
export async function measureWaits(
  subjects: readonly Subject[],
  scenarios: readonly WaitScenario[],
  rounds: number,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Waits>>> {
  // middy fetches before anybody asks, and has nobody to hear of it when that fails.
  const forgive = (event: PromiseRejectionEvent) => {
    if (event.reason?.name === storeFailure) event.preventDefault();
  };
  addEventListener("unhandledrejection", forgive);
  const bursts = new Map<WaitScenario, Map<Subject, Burst[]>>();
  for (const scenario of scenarios) {
    bursts.set(scenario, new Map(subjects.map((subject) => [subject, []])));
  }
  const note = async (scenario: WaitScenario, subject: Subject) => {
    bursts.get(scenario)!.get(subject)!.push(await live(subject, scenario));
  };
  const cold = scenarios.filter(({ when }) => when === "cold");
  // The largest last: what they leave behind does not hold up the others.
  const expiring = scenarios.filter(({ when }) => when === "expiry")
    .toSorted((a, b) => a.callers - b.callers);
  for (let round = 0; round < rounds; round++) {
    const turned = subjects.map((_, i) => subjects[(round + i) % subjects.length]!);
    for (const scenario of cold) {
      for (const subject of turned) await note(scenario, subject);
    }
    for (const subject of turned) {
      // To wait for each expiry in turn would take minutes: a subject's follow each other closely.
      let dueMs = 0;
      await Promise.all(expiring.map(async (scenario) => {
        const waitMs = dueMs;
        dueMs += slotMs(scenario.callers);
        await sleep(waitMs);
        await note(scenario, subject);
      }));
    }
  }
  removeEventListener("unhandledrejection", forgive);
  return new Map([...bursts].map(([scenario, of]) => [
    nameOf(scenario),
    new Map([...of].map(([subject, seen]) => [subject.name, summary(seen)])),
  ]));
}

function summary(seen: readonly Burst[]): Waits {
  return {
    fetches: Math.max(...seen.map(({ fetches }) => fetches)),
    worstWaitMs: spread(seen.map(({ worstWaitMs }) => worstWaitMs)),
    failed: Math.max(...seen.map(({ failed }) => failed)),
  };
}

/** One cache from its making to the end of a burst. */
async function live(subject: Subject, scenario: WaitScenario): Promise<Burst> {
  const { cache, store } = await prepare(subject, scenario);
  try {
    return await ask(cache.getters, store, scenario.callers);
  } finally {
    cache.close();
  }
}

/** A cache just before its burst. */
export async function prepare(
  subject: Subject,
  { when, store: kind, secrets: count }: WaitScenario,
): Promise<{ readonly cache: OpenCache; readonly store: Store }> {
  const secrets = Array.from({ length: count }, (_, i) => `bench/secret-${i}`);
  const store = new Store(when === "cold" ? kind : "fast");
  const cache = subject.open(store, secrets, ttlMs);
  if (when === "expiry") await grow(cache, store, kind);
  return { cache, store };
}

/** Fills the cache and asks now and then, up to the moment at which what was filled in expires. */
async function grow(cache: OpenCache, store: Store, kind: StoreKind): Promise<void> {
  await fill(cache);
  const filledMs = performance.now();
  store.fetches = 0;
  store.kind = kind;
  while (performance.now() < filledMs + ttlMs - 2 * trickleMs) {
    await Promise.allSettled(cache.getters.map((get) => get()));
    await sleep(trickleMs);
  }
  await sleep(filledMs + ttlMs + 2 - performance.now());
}

/** All callers at once, of each secret as many. */
export async function ask(
  getters: readonly Getter[],
  store: Store,
  callers: number,
): Promise<Burst> {
  let worstWaitMs = 0;
  let failed = 0;
  const caller = async (get: Getter) => {
    const askedMs = performance.now();
    try {
      if (await get() === undefined) failed++;
    } catch {
      failed++;
    }
    worstWaitMs = Math.max(worstWaitMs, performance.now() - askedMs);
  };
  await Promise.all(
    Array.from({ length: callers }, (_, i) => caller(getters[i % getters.length]!)),
  );
  return { fetches: store.fetches, worstWaitMs, failed };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
