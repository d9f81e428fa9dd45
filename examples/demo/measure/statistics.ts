/** All numbers that follow from the operations and the times of the rotations. */

import type { Operation, Outcome } from "../client/protocol.ts";
import { parameters } from "../parameters.ts";
import type { Scenario } from "../scenario.ts";
import type { Rotation } from "../world/rotator.ts";
import { overlap, type Span, totalMs, within, without } from "./spans.ts";

/** Counts, and times in milliseconds. */
export interface Statistics {
  readonly operations: number;
  readonly failed: number;
  readonly ambiguous: number;
  readonly hung: number;
  readonly elapsedMs: number;
  /** The longest operation. */
  readonly longestWaitMs: number;
  /** The longest of those that overlap a gap. */
  readonly longestWaitInGapMs: number;
  /** Operations that succeeded in a second, away from rotations. */
  readonly opsPerSecondSteady: number;
  /** The same inside the gaps. */
  readonly opsPerSecondInGap: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same for operations that overlap a rotation. */
  readonly p99DuringRotationMs: number;
}

/** Computes them. `load` is from the first operation to the moment when no more are started. */
export function statisticsOf(
  operations: readonly Operation[],
  rotations: readonly Rotation[],
  scenario: Scenario,
  load: Span,
  replicaLagMs: number,
): Statistics {
  const lagMs = scenario.onReplica ? replicaLagMs : 0;
  const gaps = rotations.map((rotation) => gapOf(rotation, lagMs));
  const windows = rotations.map((rotation) => windowOf(rotation, lagMs));
  const measured = { ...load, startMs: load.startMs + parameters.warmUpMs };
  const steady = without(measured, windows);

  const count = (outcome: Outcome) => operations.filter((each) => each.outcome === outcome).length;
  const overlapping = (spans: readonly Span[]) =>
    operations.filter((operation) => spans.some((span) => overlap(span, operation)));
  const rate = (spans: readonly Span[]) => {
    const succeeded = operations.filter(({ outcome, endMs }) =>
      outcome === "ok" && within(spans, endMs)
    );
    return round(succeeded.length / (totalMs(spans) / 1000));
  };
  const settled = operations.filter(({ outcome, code }) => outcome !== "hung" && code !== "CRASH");

  return {
    operations: operations.length,
    failed: count("failed"),
    ambiguous: count("ambiguous"),
    hung: count("hung"),
    elapsedMs: round(load.endMs - load.startMs),
    longestWaitMs: longest(operations),
    longestWaitInGapMs: longest(overlapping(gaps)),
    opsPerSecondSteady: rate(steady),
    opsPerSecondInGap: rate(gaps),
    p50Ms: percentile(settled, 0.5),
    p99Ms: percentile(settled, 0.99),
    p99DuringRotationMs: percentile(
      settled.filter((operation) => windows.some((span) => overlap(span, operation))),
      0.99,
    ),
  };
}

/** When store and database contradict each other, or the old user's sessions are ended. */
function gapOf({ setStartedMs, setEndedMs, finishedMs, retiredMs }: Rotation, lagMs: number) {
  if (retiredMs !== undefined) {
    return { startMs: setStartedMs, endMs: retiredMs + parameters.afterglowMs };
  }
  // A replica takes the old password until it has applied the change.
  const appliedMs = setEndedMs + lagMs;
  return { startMs: setStartedMs, endMs: Math.max(finishedMs, appliedMs) };
}

function windowOf(rotation: Rotation, lagMs: number): Span {
  const { endMs } = gapOf(rotation, lagMs);
  const afterglowMs = rotation.retiredMs === undefined ? parameters.afterglowMs : 0;
  return { startMs: rotation.startMs, endMs: endMs + afterglowMs };
}

function longest(operations: readonly Operation[]): number {
  return round(operations.reduce((most, each) => Math.max(most, each.endMs - each.startMs), 0));
}

/** The nearest rank. */
function percentile(operations: readonly Operation[], share: number): number {
  const times = Float64Array.from(operations, ({ startMs, endMs }) => endMs - startMs).sort();
  return round(times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0);
}

function round(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : 0;
}
