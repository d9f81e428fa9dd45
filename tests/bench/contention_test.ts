import assert from "node:assert/strict";
import { hitScenarios, measureHits } from "../../bench/contention/hits.ts";
import { report } from "../../bench/contention/report.ts";
import { bareMap, nothing } from "../../bench/contention/subjects/limits.ts";
import { rekeyGet, rekeyPeek } from "../../bench/contention/subjects/rekey.ts";
import { measureWaits, nameOf, waitScenarios } from "../../bench/contention/waits.ts";

Deno.test("the contention tables have every subject and scenario, and count reads and failures", async () => {
  const subjects = [rekeyGet, rekeyPeek, bareMap, nothing];
  const hits = await measureHits(subjects, 1, 100);
  const scenarios = waitScenarios.filter(({ callers }) => callers === 100);
  const waits = await measureWaits([rekeyGet], scenarios, 1);
  const text = report({ hits, waits, allocations: {} }, rekeyGet.name, nothing.name);
  for (const { name } of [...subjects, ...hitScenarios]) assert.ok(text.includes(name), name);
  assert.equal(scenarios.length, 6);
  for (const scenario of scenarios) {
    const name = nameOf(scenario);
    assert.equal(text.split("\n").filter((line) => line.startsWith(name)).length, 3, name);
    const { fetches, failed } = waits.get(name)!.get(rekeyGet.name)!;
    // How often an expiring one is read again depends on how busy the machine is.
    if (scenario.when === "cold") assert.equal(fetches, 1, name);
    else assert.ok(fetches >= 1 && fetches < scenario.callers, name);
    const nothingToHandOut = scenario.when === "cold" && scenario.store === "failing";
    assert.equal(failed, nothingToHandOut ? scenario.callers : 0, name);
  }
});
