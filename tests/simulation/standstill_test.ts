import assert from "node:assert/strict";
import { ManualClock, ProcessClock, SimulatedWorld } from "../../adapters/testing/mod.ts";

Deno.test("a process that goes round in a circle is told so, and whoever watches it", async () => {
  const world = new ManualClock();
  let heard = 0;
  const clock = new ProcessClock(world, () => heard++);
  const turn = async () => {
    for (;;) {
      clock.monotonicMs();
      await Promise.resolve();
    }
  };
  await assert.rejects(turn(), { name: "StandstillError" });
  assert.equal(heard, 1);
});

Deno.test("a process may ask for the time as often as it likes when it waits in between", async () => {
  const world = new ManualClock();
  const clock = new ProcessClock(world, () => assert.fail());
  for (let waits = 0; waits < 30; waits++) {
    for (let asked = 0; asked < 10_000; asked++) clock.monotonicMs();
    await world.advance(1);
  }
});

Deno.test("a search waits between its logins also when it is refused without any time passing", async () => {
  const world = new SimulatedWorld({ seed: 1 });
  let heard = 0;
  const process = world.process("web", { onStandstill: () => heard++ });
  const client = process.client("primary");
  await world.clock.until(client.run({ id: "before", durationMs: 1 }));
  const { endpoint } = client;
  const search = endpoint.login({
    connect: () => Promise.reject(new Error("refused")),
    classify: () => ({ kind: "auth", executed: "no", code: "28P01" }),
    budgetMs: Infinity,
    connectTimeoutMs: 1_000,
  });
  search.catch(() => {});
  await world.clock.advance(60_000);
  assert.equal(heard, 0);
  process.clock.kill();
});
