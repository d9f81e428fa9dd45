/** A client's process: gets its assignment on stdin, works, and reports on stdout. */

import { TextLineStream } from "./lines.ts";
import { loadClient } from "./catalog.ts";
import type { Assignment } from "./protocol.ts";
import { Recorder, say } from "./recorder.ts";
import { runWorkers } from "./workers.ts";

/** A client whose close() takes longer is left behind; the demo says so. */
const closeWithinMs = 3_000;

// Ctrl-C reaches the whole process group. The demo decides when a client ends: see the end of stdin.
Deno.addSignalListener("SIGINT", () => {});

const lines = Deno.stdin.readable
  .pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream())
  .getReader();

const { name, config, readOnly }: Assignment = JSON.parse(await nextLine());
const client = await loadClient(name);
const { statements, close } = await client.connect(config);
const recorder = new Recorder();
recorder.start();
say({ type: "ready" });

await nextLine();
const stop = new AbortController();
const { knowsWhatRan } = client;
const working = runWorkers({ statements, readOnly, knowsWhatRan, recorder, stop: stop.signal });
await nextLine();
stop.abort();
await working;
recorder.flush();
say({ type: "ended", closeTimedOut: !await closesInTime() });
recorder.stop();
Deno.exit(0);

async function nextLine(): Promise<string> {
  const { value } = await lines.read();
  // The demo is gone, however it went: nobody listens any more.
  if (value === undefined) Deno.exit(0);
  return value;
}

function closesInTime(): Promise<boolean> {
  return Promise.race([
    close().then(() => true),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(false), closeWithinMs)),
  ]);
}
