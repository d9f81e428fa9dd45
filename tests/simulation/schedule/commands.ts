/** What may happen in a schedule, as fast-check's commands with a model. */

import fc from "fast-check";
import { properties, Violation } from "../properties/catalogue.ts";
import type { Configuration } from "./configuration.ts";
import type { Director } from "./director.ts";
import { faults } from "./faults.ts";

/** What the commands know without looking at the world. */
export interface Model {
  readonly configuration: Configuration;
  /** Rotations that were begun. */
  begun: number;
}

/** Something that may happen. */
export type Command = fc.AsyncCommand<Model, Director, boolean>;

abstract class Named implements Command {
  abstract run(model: Model, director: Director): Promise<void>;
  abstract toString(): string;

  check(_model: Readonly<Model>): boolean {
    return true;
  }
}

class Operate extends Named {
  constructor(
    readonly kind: "statements" | "transaction" | "reserve",
    readonly count: number,
    readonly durationMs: number,
  ) {
    super();
  }
  override async run(_model: Model, director: Director): Promise<void> {
    director.workload.operate(this.kind, this.count, this.durationMs);
    await director.advance(1);
  }
  override toString(): string {
    return `${this.kind}(${this.count}, ${this.durationMs} ms)`;
  }
}

class Wait extends Named {
  constructor(readonly ms: number) {
    super();
  }
  override async run(_model: Model, director: Director): Promise<void> {
    await director.advance(this.ms);
  }
  override toString(): string {
    return `wait(${this.ms} ms)`;
  }
}

class Step extends Named {
  override async run(model: Model, director: Director): Promise<void> {
    const before = director.service.version;
    await director.service.step();
    if (director.service.version !== before) model.begun++;
    await director.advance(1);
    // A version becomes current when it is finished, and at no other time.
    const { rotations } = director;
    if (rotations > model.begun) {
      throw new Violation(properties.rotator, `${rotations} rotations of ${model.begun} finished`);
    }
  }
  override toString(): string {
    return "next step";
  }
}

class Happen extends Named {
  constructor(readonly fault: string, readonly much: number, readonly durationMs: number) {
    super();
  }
  override check({ configuration }: Readonly<Model>): boolean {
    const { calm, needs } = faults[this.fault]!;
    return (calm || !configuration.calm) && (needs?.(configuration) ?? true);
  }
  override async run(_model: Model, director: Director): Promise<void> {
    const { begin, hides } = faults[this.fault]!;
    const end = begin(director, this.much);
    if (end === undefined) director.happened(this.fault);
    else {
      const lasting = director.begin({ name: this.fault, end, hides });
      director.world.clock.setTimer(this.durationMs, lasting.end);
    }
    await director.advance(1);
  }
  override toString(): string {
    return `${this.fault}(${this.much.toFixed(2)}, ${this.durationMs} ms)`;
  }
}

/** Every process does some work. */
export const operate = (
  kind: "statements" | "transaction" | "reserve",
  count: number,
  durationMs: number,
): Command => new Operate(kind, count, durationMs);
/** Time passes. */
export const wait = (ms: number): Command => new Wait(ms);
/** The next step of a rotation. */
export const step = (): Command => new Step();
/** A fault, by its name. */
export const happen = (fault: string, much: number, durationMs: number): Command => {
  if (!Object.hasOwn(faults, fault)) throw new Error(`There is no fault "${fault}".`);
  return new Happen(fault, much, durationMs);
};

const much = fc.integer({ min: 0, max: 99 }).map((percent) => percent / 100);

const all = [
  fc.tuple(
    fc.constantFrom(...["statements", "statements", "transaction", "reserve"] as const),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 2_000 }),
  ).map((given) => operate(...given)),
  fc.integer({ min: 1, max: 4_000 }).map(wait),
  fc.integer({ min: 1, max: 4 }).map(wait),
  fc.constant(step()),
  fc.constant(step()),
  fc.tuple(
    fc.constantFrom(...Object.keys(faults)),
    much,
    fc.integer({ min: 200, max: 6_000 }),
  ).map((given) => happen(...given)),
];

/** Commands of one schedule; `replayPath` is what a failure printed. */
export function commands(replayPath?: string) {
  return fc.commands<Model, Director, boolean>(all, {
    maxCommands: 30,
    size: "max",
    ...replayPath !== undefined && { replayPath },
  });
}
