/** A worker of the simulation: takes a seed, gives back what became of its schedules. */

import { type Outcome, simulate, type SimulateOptions } from "./simulate.ts";

/** What a worker says: which schedule it begins, or that it has run all of them. */
export type Message =
  | { readonly type: "begun"; readonly run: number }
  | { readonly type: "ended"; readonly outcome: Outcome };

const worker = self as unknown as {
  onmessage: (event: { readonly data: SimulateOptions }) => void;
  postMessage(message: Message): void;
};

worker.onmessage = async ({ data }) => {
  const onBegin = (run: number) => worker.postMessage({ type: "begun", run });
  worker.postMessage({ type: "ended", outcome: await simulate({ ...data, onBegin }) });
};
