/** Prints what the explorations find: `deno run -A tests/simulation/explorer/main.ts [--schedules]`. */

import { configurations, knownFaults } from "./configurations.ts";
import type { Exploration } from "./explore.ts";
import { exploreLadder } from "./ladder_exploration.ts";
import { openedMachines } from "./opened.ts";
import { poolConfigurations } from "./pool_configurations.ts";
import { explorePool } from "./pool_exploration.ts";

const machines = await openedMachines();
const all = Deno.args.includes("--schedules");
/** What is known and was met again, a sentence each. */
const met = new Set<string>();
let schedules = 0, broken = 0;

function printSchedule(title: string, schedule: readonly string[]): void {
  console.log([`    ${title}:`, ...schedule.map((line) => `      ${line}`)].join("\n"));
}

function row(cells: readonly unknown[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}

function counts({ schedules, states, longest }: Exploration): unknown[] {
  return [schedules.toExponential(2), states, longest];
}

function verdict({ violations }: Exploration, known: readonly string[]): string {
  const faults = violations.filter(({ fault }) => !known.includes(fault)).length;
  return known.length === 0 ? `${faults}` : `${faults}, and ${violations.length - faults} known`;
}

function report({ schedules: many, violations }: Exploration, known: readonly string[]): void {
  schedules += many;
  for (const { fault, schedule } of violations) {
    if (known.includes(fault)) met.add(`${fault}: ${knownFaults[fault]}`);
    else broken++;
    if (all || !known.includes(fault)) printSchedule(fault, schedule);
  }
}

row([
  "ladder",
  "client at",
  "schedules",
  "states",
  "longest",
  "failed",
  "promised",
  "faults",
  "ms",
]);
row(Array(9).fill("---"));
for (const configuration of configurations) {
  const { name, settings: { endpoint }, promised, limit, known } = configuration;
  const startedMs = performance.now();
  const found = exploreLadder(configuration, machines);
  const ms = Math.round(performance.now() - startedMs);
  row([name, endpoint, ...counts(found), found.mostFailed, promised, verdict(found, known), ms]);
  if (found.mostFailed > limit) broken++;
  else if (found.mostFailed > promised) {
    met.add(`${found.mostFailed} failed logins at the ${endpoint}, not ${promised}: ${name}`);
  }
  if (all || found.mostFailed > limit) printSchedule(`${found.mostFailed} failed`, found.worst);
  report(found, known);
}

console.log();
row(["pool", "schedules", "states", "longest", "faults", "ms"]);
row(Array(6).fill("---"));
for (const { name, bounds, known } of poolConfigurations) {
  const startedMs = performance.now();
  const found = explorePool(bounds, machines);
  const ms = Math.round(performance.now() - startedMs);
  row([name, ...counts(found), verdict(found, known), ms]);
  report(found, known);
}

console.log();
for (const sentence of met) console.log(`Known: ${sentence}.`);
console.log(`${schedules} schedules, ${broken} violations`);
if (broken > 0) Deno.exit(1);
