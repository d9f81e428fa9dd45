/** One client process: runs every workload on raw, raw again, and Rekey in turn; prints the times. */

import { type ClientInput, constantCredentials, loadSubject } from "./subject.ts";

/** Operations a second of each client, a number for each round. */
export interface WorkloadTimes {
  readonly name: string;
  readonly raw: number[];
  readonly rawAgain: number[];
  readonly rekey: number[];
}

const input = JSON.parse(Deno.args[0]!) as ClientInput;
const subject = await loadSubject(input.server);
const credentials = constantCredentials(input);
const clients = {
  raw: subject.raw(input),
  rawAgain: subject.raw(input),
  rekey: subject.rekey(input, credentials),
};
await subject.prepare(clients.raw);

type Name = keyof typeof clients;
const names: Name[] = ["raw", "rekey", "rawAgain"];
const times: WorkloadTimes[] = [];
for (const workload of subject.workloads) {
  const measured: WorkloadTimes = { name: workload.name, raw: [], rawAgain: [], rekey: [] };
  for (const name of names) await workload.run(clients[name]);
  for (let round = 0; round < input.rounds; round++) {
    // Another one begins each time: whoever comes first pays for what the others left behind.
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]!;
      const startedMs = performance.now();
      const operations = await workload.run(clients[name]);
      measured[name].push(operations / (performance.now() - startedMs) * 1_000);
    }
  }
  times.push(measured);
}
await Promise.all(names.map((name) => subject.end(clients[name])));
credentials.close();
console.log(JSON.stringify(times));
