/** Workers that do one operation after the other, whatever becomes of it. */

import { parameters } from "../parameters.ts";
import { bodies, drawKind } from "./operations.ts";
import { judge } from "./outcome.ts";
import type { Outcome } from "./protocol.ts";
import type { Recorder } from "./recorder.ts";
import type { Statements } from "./statements.ts";

/** What the workers need. */
export interface Work {
  readonly statements: Statements;
  readonly readOnly: boolean;
  readonly knowsWhatRan: boolean;
  readonly recorder: Recorder;
  /** Aborts when no further operation is to be started. */
  readonly stop: AbortSignal;
}

/** Works until `stop`; resolves when the last operation has settled or counts as hung. */
export async function runWorkers(work: Work): Promise<void> {
  const workers = Array.from({ length: parameters.workers }, (_, index) => runWorker(work, index));
  await Promise.all(workers);
}

async function runWorker(work: Work, worker: number): Promise<void> {
  while (!work.stop.aborted) {
    const outcome = await runOperation(work, worker);
    if (outcome === "ok") continue;
    await new Promise((resolve) => setTimeout(resolve, parameters.pauseAfterFailureMs));
  }
}

function runOperation(work: Work, worker: number): Promise<Outcome> {
  const { statements, readOnly, knowsWhatRan, recorder } = work;
  const kind = drawKind(readOnly);
  const started = recorder.begin(kind);
  return new Promise((resolve) => {
    const settle = (outcome: Outcome, more: Parameters<Recorder["end"]>[2]) => {
      clearTimeout(timer);
      recorder.end(started, outcome, more);
      resolve(outcome);
    };
    const timer = setTimeout(() => settle("hung", {}), parameters.hungAfterMs);
    bodies[kind](statements, worker).then(
      (ids) => settle("ok", ids.length > 0 ? { ids } : {}),
      (error) => {
        const { outcome, code } = judge(error, knowsWhatRan);
        settle(outcome, { code });
      },
    );
  });
}
