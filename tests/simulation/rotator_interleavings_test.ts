import fc from "fast-check";
import { plan } from "./interleavings/plan.ts";
import { Service } from "./interleavings/service.ts";

Deno.test("invocations that overlap, in any order, crashed anywhere, end with store and database agreeing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (scheduler, plan) => {
      const service = new Service(scheduler, plan);
      await scheduler.waitFor(service.run());
      service.violations.raise();
    }),
    // The same schedules every time: further ones are for `deno task simulate`.
    { numRuns: 500, seed: 1 },
  );
});
