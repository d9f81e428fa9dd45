/** What is invoked in one run, beside what: the order of the calls is the scheduler's. */

import fc from "fast-check";
import { strategies } from "../strategies/mod.ts";
import type { StrategyUnderTest } from "../strategies/strategy.ts";
import type { Crash } from "./scheduled_ports.ts";

/** An invocation beside those that the rotation needs. */
export interface Duplicate {
  /** It begins together with this step of the rotation, by index. */
  readonly beside: number;
  /** How many steps earlier than that one it is: 0 for the same. */
  readonly back: number;
  readonly crash: Crash | undefined;
}

/** One rotation. */
export interface RotationPlan {
  /** By step, where its invocations die, one after the other. */
  readonly crashes: readonly (readonly Crash[])[];
  readonly duplicates: readonly Duplicate[];
  /** Before this step, by index, it is given up and its label removed; 4 for never. */
  readonly abandonedBefore: number;
}

/** One run. */
export interface Plan {
  readonly strategy: StrategyUnderTest;
  readonly seed: number;
  readonly rotations: readonly RotationPlan[];
}

const crash: fc.Arbitrary<Crash> = fc.record({
  // No step makes more calls than that.
  call: fc.nat(12),
  fate: fc.constantFrom("before", "after", "in flight"),
});

const duplicate: fc.Arbitrary<Duplicate> = fc.record({
  beside: fc.nat(3),
  back: fc.constantFrom(0, 0, 1, 2, 3),
  crash: fc.option(crash, { nil: undefined }),
});

const rotation: fc.Arbitrary<RotationPlan> = fc.record({
  crashes: fc.array(fc.array(crash, { maxLength: 2 }), { minLength: 4, maxLength: 4 }),
  duplicates: fc.array(duplicate, { maxLength: 3 }),
  abandonedBefore: fc.constantFrom(4, 4, 1, 2, 3),
});

/** Plans of up to three rotations: the third gives alternating users their first user again. */
export const plan: fc.Arbitrary<Plan> = fc.record({
  strategy: fc.constantFrom(...strategies).map((strategy) => ({
    ...strategy,
    [fc.toStringMethod]: () => strategy.name,
  })),
  seed: fc.nat(),
  rotations: fc.array(rotation, { minLength: 1, maxLength: 3 }),
});
