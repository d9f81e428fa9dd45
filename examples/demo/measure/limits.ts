/** What a run of the package's own client must keep to. */

import { maxWaitInGapMs, parameters } from "../parameters.ts";
import type { Scenario } from "../scenario.ts";
import type { Result } from "./result.ts";

/** One connection above the pool's maximum is allowed, for a probe. */
const maxPeak = parameters.maxConnections + 1;
const minShareInGap = 0.8;

/** The limits that `result` broke, each as a line for people. */
export function breachesOf(result: Result, scenario: Scenario): string[] {
  const { rotations, elapsedMs, ttlMs } = result;
  const loginsPerRotation = scenario.onReplica ? 2 : scenario.strategy === "single-user" ? 1 : 0;
  const none = [
    "failed",
    "ambiguous",
    "hung",
    "crashes",
    "acknowledgedLost",
    "tornTransactions",
  ] as const;
  const limits: [what: string, is: number, most: number][] = [
    ...none.map((name): [string, number, number] => [name, result[name], 0]),
    ["failed logins", result.failedLogins, loginsPerRotation * rotations],
    ["store calls", result.storeCalls, 3 * rotations + elapsedMs / ttlMs + 2],
    ["peak connections", result.peakConnections, maxPeak],
    ["longest wait in gap, ms", result.longestWaitInGapMs, maxWaitInGapMs],
  ];
  const breaches = limits
    .filter(([, is, most]) => is > most)
    .map(([what, is, most]) => `${what}: ${is.toFixed(0)}, at most ${most.toFixed(0)}`);
  const share = result.opsPerSecondInGap / result.opsPerSecondSteady;
  if (share < minShareInGap) {
    breaches.push(`operations/s in gap: ${share.toFixed(2)} of steady, at least ${minShareInGap}`);
  }
  return breaches.map((breach) => `${result.name}, ${result.client}: ${breach}`);
}
