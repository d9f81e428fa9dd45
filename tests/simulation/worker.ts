/** A worker of the simulation: takes a seed, gives back what became of its schedules. */

import { simulate, type SimulateOptions } from "./simulate.ts";

const worker = self as unknown as {
  onmessage: (event: { readonly data: SimulateOptions }) => void;
  postMessage(message: unknown): void;
};

worker.onmessage = async ({ data }) => {
  worker.postMessage(await simulate(data));
};
