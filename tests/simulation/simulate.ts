/** Runs schedules that follow from a seed, and tells of the first that breaks a property. */

import fc from "fast-check";
import type { Property } from "./properties/catalogue.ts";
import { Violation } from "./properties/catalogue.ts";
import { type Command, commands, type Model } from "./schedule/commands.ts";
import { type Configuration, configuration } from "./schedule/configuration.ts";
import { Coverage, type CoverageData } from "./schedule/coverage.ts";
import { Director } from "./schedule/director.ts";
import { epilogue, prologue } from "./schedule/run.ts";
import { printScript } from "./schedule/script.ts";

/** So many schedules follow from one seed. */
export const schedulesOfSeed = 200;

/** A schedule in which something went wrong. */
export interface Failure {
  /** The property; undefined when the code crashed. */
  readonly property: Property | undefined;
  readonly message: string;
  readonly seed: number;
  /** With these two the schedule is run again. */
  readonly path: string;
  readonly replayPath: string;
  /** The configuration and the commands. */
  readonly schedule: string;
  readonly timeline: string;
}

/** What became of the schedules of one seed. */
export interface Outcome {
  readonly coverage: CoverageData;
  readonly failure: Failure | undefined;
}

/** Which schedules to run. */
export interface SimulateOptions {
  readonly seed: number;
  /**
   * How many.
   * @default {schedulesOfSeed}
   */
  readonly runs?: number;
  /**
   * Looks for the smallest schedule that fails.
   * @default {true}
   */
  readonly shrink?: boolean;
  /** Runs one schedule again. */
  readonly path?: string;
  readonly replayPath?: string;
  /** Hears of the beginning of every schedule, and which one it is: its path, unless it is shrunk. */
  readonly onBegin?: (run: number) => void;
  /** Hears of the end of every schedule. */
  readonly onEnd?: (director: Director) => void;
}

/** Runs the schedules of a seed. */
export async function simulate(options: SimulateOptions): Promise<Outcome> {
  const { seed, runs = schedulesOfSeed, shrink = true, path, replayPath, onBegin, onEnd } = options;
  const coverage = new Coverage();
  let failed: Director | undefined;
  let run = 0;
  const property = fc.asyncProperty(
    configuration,
    commands(replayPath),
    async (configuration, commands) => {
      onBegin?.(run++);
      const director = new Director(configuration);
      try {
        await runSchedule(director, configuration, commands);
      } catch (error) {
        failed = director;
        // What was noticed before says more than what it led to.
        director.violations.raise();
        throw error;
      } finally {
        onEnd?.(director);
      }
      coverage.add(director.coverage.toJSON());
    },
  );
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    endOnFailure: !shrink || path !== undefined,
    ...path !== undefined && { path },
  });
  return {
    coverage: coverage.toJSON(),
    failure: result.failed ? failureOf(result, failed!) : undefined,
  };
}

/** Runs one schedule. Throws a `Violation` when a property does not hold. */
export async function runSchedule(
  director: Director,
  configuration: Configuration,
  commands: Iterable<Command>,
): Promise<void> {
  await prologue(director);
  const model: Model = { configuration, begun: 0 };
  await fc.asyncModelRun(() => ({ model, real: director }), commands);
  await epilogue(director);
  director.violations.raise();
}

function failureOf(
  result: fc.RunDetails<[Configuration, Iterable<Command>]>,
  director: Director,
): Failure {
  const { errorInstance: error } = result as { readonly errorInstance?: unknown };
  const [configuration, commands] = result.counterexample!;
  const words = String(commands);
  return {
    property: error instanceof Violation ? error.property : undefined,
    message: error instanceof Violation ? error.message : String((error as Error)?.stack ?? error),
    seed: result.seed,
    path: result.counterexamplePath!,
    replayPath: /replayPath="([^"]*)"/.exec(words)?.[1] ?? "",
    schedule: printScript(configuration, [...commands].map(String)),
    timeline: director.world.timeline.toString(),
  };
}
