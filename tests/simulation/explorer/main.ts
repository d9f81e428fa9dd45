/** Prints what the explorations find: `deno run -A tests/simulation/explorer/main.ts [--schedules]`. */

import { configurations } from "./configurations.ts";
import { exploreLadder } from "./ladder_exploration.ts";
import { openedMachines } from "./opened.ts";

const machines = await openedMachines();
const schedules = Deno.args.includes("--schedules");
const print = (title: string, schedule: readonly string[]) =>
  console.log([`    ${title}`, ...schedule.map((line) => `      ${line}`)].join("\n"));

console.log(
  "| configuration | client at | schedules | states | longest | most failed | limit | faults | ms |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
for (const configuration of configurations) {
  const startedMs = performance.now();
  const found = exploreLadder(configuration, machines);
  const { name, settings, limit, known } = configuration;
  const unknown = found.violations.filter(({ fault }) => !known.includes(fault)).length;
  const cells = [
    name,
    settings.endpoint,
    found.schedules.toExponential(2),
    found.states,
    found.longest,
    found.mostFailed,
    limit,
    `${unknown}${known.length > 0 ? ` (and ${known.length} known)` : ""}`,
    Math.round(performance.now() - startedMs),
  ];
  console.log(`| ${cells.join(" | ")} |`);
  if (schedules || found.mostFailed > limit) {
    print(`${found.mostFailed} failed logins:`, found.worst);
  }
  for (const { fault, schedule } of found.violations) {
    if (schedules || !known.includes(fault)) print(`${fault}:`, schedule);
  }
}
