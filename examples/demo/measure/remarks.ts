/** Why operations went wrong, in a few lines. */

import type { ClientProcess } from "../client/process.ts";
import type { Operation } from "../client/protocol.ts";

const shown = 4;

/** One line for each way to go wrong, with the most frequent reasons first. */
export function remarksOf({ operations, crashes, closeTimedOut }: ClientProcess): string[] {
  const codesOf = (outcome: Operation["outcome"]) =>
    operations.flatMap((each) => each.outcome === outcome ? [each.code ?? "UNKNOWN"] : []);
  const lines = [
    line("failed", codesOf("failed")),
    line("ambiguous", codesOf("ambiguous")),
    line("crashed", crashes.map((reason) => reason || "ended without a word")),
    closeTimedOut ? "closing its connections never ended" : undefined,
  ];
  return lines.filter((text) => text !== undefined);
}

function line(what: string, reasons: readonly string[]): string | undefined {
  if (reasons.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const list = sorted.slice(0, shown).map(([reason, count]) => `${count} x ${reason}`);
  if (sorted.length > shown) list.push("others");
  return `${what}: ${list.join(", ")}`;
}
