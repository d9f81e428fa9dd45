import assert from "node:assert/strict";
import { Ladder } from "../../core/endpoint/ladder.ts";
import { Pool } from "../../core/pool/pool.ts";
import { VersionOrder } from "../../core/provider/version_order.ts";
import { configurations } from "./explorer/configurations.ts";
import type { Exploration } from "./explorer/explore.ts";
import { exploreLadder, replay } from "./explorer/ladder_exploration.ts";
import { openedMachines } from "./explorer/opened.ts";
import { poolConfigurations } from "./explorer/pool_configurations.ts";
import { explorePool, replayPool } from "./explorer/pool_exploration.ts";

/** The classes as they are; what is explored are copies with open fields. */
const originals = { Ladder, Pool, VersionOrder };
const opened = await openedMachines();
/** So many schedules of each exploration are replayed on the originals. */
const samples = 40;

/** No other faults than those that are known, and those still: else this list is out of date. */
function assertFaults({ violations }: Exploration, known: readonly string[]): void {
  const found = violations.map(({ fault }) => fault).sort();
  const report = violations.map(({ fault, schedule }) => [fault, ...schedule].join("\n  "));
  assert.deepEqual(found, [...known].sort(), report.join("\n"));
}

function sample({ states, scheduleOf }: Exploration): string[][] {
  const step = Math.max(1, Math.floor(states / samples));
  return Array.from({ length: Math.min(samples, states) }, (_, n) => scheduleOf(n * step));
}

for (const configuration of configurations) {
  const { name, settings: { endpoint }, limit, known } = configuration;
  Deno.test(`every schedule of the ladder at the ${endpoint} keeps the rules: ${name}`, () => {
    const found = exploreLadder(configuration, opened);
    assert.ok(found.schedules > 1_000 && found.states > 500, `only ${found.states} states`);
    assertFaults(found, known);
    assert.equal(found.mostFailed <= limit, true, found.worst.join("\n"));
    for (const schedule of sample(found)) {
      const actions = replay(configuration, opened, schedule);
      assert.deepEqual(replay(configuration, originals, schedule), actions);
    }
  });
}

for (const { name, bounds, known } of poolConfigurations) {
  Deno.test(`every schedule of the pool keeps the rules: ${name}`, () => {
    const found = explorePool(bounds, opened);
    assert.ok(found.schedules > 10_000 && found.states > 500, `only ${found.states} states`);
    assertFaults(found, known);
    for (const schedule of sample(found)) {
      assert.deepEqual(
        replayPool(bounds, originals, schedule),
        replayPool(bounds, opened, schedule),
      );
    }
  });
}
