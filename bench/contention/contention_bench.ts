/**
 * Cache contention for `deno bench`: all subjects in each group, Rekey's `get()` as the baseline.
 * `deno task bench:contention` has the interleaved rounds, the single waits and the counts.
 */

import { hitScenarios, warmCaches } from "./hits.ts";
import { subjects } from "./subjects.ts";
import { rekeyGet } from "./subjects/rekey.ts";
import { ask, nameOf, prepare, type WaitScenario } from "./waits.ts";

const hits = 10_000;
const caches = await warmCaches(subjects);
// Compiled for one subject alone, the loop would be faster for the one that comes first.
for (let round = 0; round < 3; round++) {
  for (const { run } of hitScenarios) {
    for (const { getters } of caches) await run(getters, hits);
  }
}
for (const { name, run } of hitScenarios) {
  subjects.forEach((subject, i) =>
    Deno.bench({
      name: subject.name,
      group: `warm, ${name}: time of ${hits.toLocaleString("en")} hits`,
      baseline: subject === rekeyGet,
      fn: async () => void await run(caches[i]!.getters, hits),
    })
  );
}

const bursts: readonly WaitScenario[] = [
  { when: "cold", store: "fast", callers: 100, secrets: 1 },
  { when: "cold", store: "fast", callers: 10_000, secrets: 1 },
  { when: "cold", store: "slow", callers: 10_000, secrets: 1 },
  { when: "expiry", store: "slow", callers: 10_000, secrets: 1 },
];
for (const scenario of bursts) {
  for (const subject of subjects.filter(({ hitsOnly }) => !hitsOnly)) {
    Deno.bench({
      name: subject.name,
      group: `${nameOf(scenario)}: time of the burst`,
      baseline: subject === rekeyGet,
      n: 3,
      warmup: 1,
      fn: async (bench) => {
        const { cache, store } = await prepare(subject, scenario);
        bench.start();
        await ask(cache.getters, store, scenario.callers);
        bench.end();
        cache.close();
      },
    });
  }
}
