/** The results as a table: a column for each client in each scenario, so that it fits a terminal. */

import type { Result } from "../measure/result.ts";
import { tenths, whole } from "./numbers.ts";

const rows: readonly (readonly [label: string, value: (result: Result) => string] | undefined)[] = [
  ["scenario", ({ name }) => name],
  ["client", ({ client }) => client],
  undefined,
  ["operations", ({ operations }) => whole(operations)],
  ["failed", ({ failed }) => whole(failed)],
  ["ambiguous", ({ ambiguous }) => whole(ambiguous)],
  ["hung", ({ hung }) => whole(hung)],
  ["crashes", ({ crashes }) => whole(crashes)],
  ["acknowledged rows lost", ({ acknowledgedLost }) => whole(acknowledgedLost)],
  ["torn transactions", ({ tornTransactions }) => whole(tornTransactions)],
  undefined,
  ["rotations", ({ rotations }) => whole(rotations)],
  ["sessions killed", ({ sessionsKilled }) => whole(sessionsKilled)],
  ["failed logins", ({ failedLogins }) => whole(failedLogins)],
  ["store calls", ({ storeCalls }) => whole(storeCalls)],
  ["peak connections", ({ peakConnections }) => whole(peakConnections)],
  undefined,
  ["longest wait, ms", ({ longestWaitMs }) => whole(longestWaitMs)],
  ["longest wait in gap, ms", ({ longestWaitInGapMs }) => whole(longestWaitInGapMs)],
  ["operations/s, steady", ({ opsPerSecondSteady }) => whole(opsPerSecondSteady)],
  ["operations/s, in gap", ({ opsPerSecondInGap }) => whole(opsPerSecondInGap)],
  ["p50, ms", ({ p50Ms }) => tenths(p50Ms)],
  ["p99, ms", ({ p99Ms }) => tenths(p99Ms)],
  ["p99 during rotation, ms", ({ p99DuringRotationMs }) => tenths(p99DuringRotationMs)],
];

const between = "   ";

/** The table as text, with the remarks under it. */
export function tableOf(results: readonly Result[]): string {
  const labels = rows.map((row) => row?.[0] ?? "");
  const columns = results.map((result) => rows.map((row) => row?.[1](result) ?? ""));
  const widths = [labels, ...columns].map((cells) => Math.max(...cells.map((cell) => cell.length)));
  const rule = widths.map((width) => "-".repeat(width)).join(between);
  const lines = rows.map((row, index) => {
    if (row === undefined) return rule;
    const cells = [labels, ...columns].map((cells, column) =>
      column === 0 ? cells[index]!.padEnd(widths[0]!) : cells[index]!.padStart(widths[column]!)
    );
    return cells.join(between);
  });
  return [...lines, "", ...remarks(results)].join("\n");
}

function remarks(results: readonly Result[]): string[] {
  return results.flatMap(({ name, client, remarks }) =>
    remarks.map((remark) => `${name}, ${client}: ${remark}`)
  );
}
