/** What a hit costs: every subject warm, in interleaved rounds. */

import { fill, type Getter, type OpenCache, type Subject } from "./subject.ts";
import { Store } from "./store.ts";

/** Long enough for nothing to expire while it is measured. */
const ttlMs = 3_600_000;
const secrets = Array.from({ length: 10 }, (_, i) => `bench/secret-${i}`);

/** A way of asking for `hits` secrets that are cached. */
export interface HitScenario {
  readonly name: string;
  /** Asks; returns the time that it took, in milliseconds. */
  run(getters: readonly Getter[], hits: number): Promise<number>;
}

/** So many callers at once, again and again, until all hits are had. */
async function burst(
  getters: readonly Getter[],
  hits: number,
  callers: number,
): Promise<number> {
  const startedMs = performance.now();
  for (let done = 0; done < hits; done += callers) {
    const asked: unknown[] = new Array(callers);
    for (let i = 0; i < callers; i++) asked[i] = getters[i % getters.length]!();
    await Promise.all(asked);
  }
  return performance.now() - startedMs;
}

/** The scenario without any waiting: what the cache itself does. */
export const callsAlone = "10,000 calls alone";

/** The scenarios of the table, each with its share of a secret or of several. */
export const hitScenarios: readonly HitScenario[] = [
  {
    name: "1 caller",
    async run([get], hits) {
      const startedMs = performance.now();
      for (let i = 0; i < hits; i++) await get!();
      return performance.now() - startedMs;
    },
  },
  { name: "100 callers", run: ([get], hits) => burst([get!], hits, 100) },
  { name: "10,000 callers", run: ([get], hits) => burst([get!], hits, 10_000) },
  { name: "10,000 of 10 secrets", run: (getters, hits) => burst(getters, hits, 10_000) },
  {
    name: callsAlone,
    async run([get], hits) {
      let last: unknown;
      const startedMs = performance.now();
      for (let i = 0; i < hits; i++) last = get!();
      const tookMs = performance.now() - startedMs;
      await last;
      return tookMs;
    },
  },
];

/** Nanoseconds a hit: by scenario and subject, a figure for each round. */
export type HitTimes = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

/** A filled cache of each subject, in which nothing expires while it is measured. */
export async function warmCaches(subjects: readonly Subject[]): Promise<readonly OpenCache[]> {
  const caches = subjects.map((subject) => subject.open(new Store("fast"), secrets, ttlMs));
  await Promise.all(caches.map(fill));
  return caches;
}

/** Measures all scenarios on all subjects. Every round another subject begins. */
export async function measureHits(
  subjects: readonly Subject[],
  rounds: number,
  hits: number,
): Promise<HitTimes> {
  const caches = await warmCaches(subjects);
  const times = new Map<string, Map<string, number[]>>();
  for (const { name } of hitScenarios) {
    times.set(name, new Map(subjects.map((subject) => [subject.name, []])));
  }
  // The first rounds are for the compiler.
  for (let round = -3; round < rounds; round++) {
    for (const scenario of hitScenarios) {
      for (let i = 0; i < subjects.length; i++) {
        const which = (Math.abs(round) + i) % subjects.length;
        const tookMs = await scenario.run(caches[which]!.getters, hits);
        if (round < 0) continue;
        times.get(scenario.name)!.get(subjects[which]!.name)!.push(tookMs * 1e6 / hits);
      }
    }
  }
  for (const cache of caches) cache.close();
  return times;
}
