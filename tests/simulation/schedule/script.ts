/** A schedule as text: what a failure prints, and what a regression test keeps. */

import { strategies } from "../strategies/mod.ts";
import { type Command, happen, operate, step, wait } from "./commands.ts";
import type { Configuration } from "./configuration.ts";

/** A configuration, and what happens in its world. */
export interface Script {
  readonly configuration: Configuration;
  readonly commands: readonly Command[];
}

/** JSON has no Infinity. */
const unbounded = ["maxLifetimeMs", "drainMs"] as const;

/** The configuration in one line, a command in each further one. */
export function printScript(configuration: Configuration, commands: readonly string[]): string {
  const { strategy } = configuration;
  return [JSON.stringify({ ...configuration, strategy: strategy.name }), ...commands].join("\n");
}

/**
 * Reads what `printScript` has written.
 * @throws {Error} for a line that is none
 */
export function parseScript(text: string): Script {
  const [first, ...lines] = text.trim().split("\n").map((line) => line.trim());
  const given = JSON.parse(first!);
  const strategy = strategies.find(({ name }) => name === given.strategy)!;
  for (const name of unbounded) given[name] ??= Infinity;
  return { configuration: { ...given, strategy }, commands: lines.map(parseCommand) };
}

function parseCommand(line: string): Command {
  const parts = /^([^(]+?)(?:\((?:([\d.]+), )?([\d.]+) ms\))?$/.exec(line);
  if (parts === null) throw new Error(`"${line}" is no command.`);
  const [, name, amount, ms] = parts;
  if (name === "next step") return step();
  if (name === "wait") return wait(Number(ms));
  if (name === "statements" || name === "transaction" || name === "reserve") {
    return operate(name, Number(amount), Number(ms));
  }
  return happen(name!, Number(amount), Number(ms));
}
