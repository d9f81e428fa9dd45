/** One client process: runs every workload on raw, raw again, and Rekey in turn; prints the times. */

import { credentialProvider, Secret } from "@rekey/orm";
import { rotatingPostgres } from "@rekey/orm/postgres";
import postgres, { type Sql } from "postgres";
import { max, prepare, workloads } from "./workloads.ts";

/** What the client is told, as JSON, on the command line: no secret is worth hiding here. */
export interface ClientInput {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly rounds: number;
}

/** Operations a second of each client, a number for each round. */
export interface WorkloadTimes {
  readonly name: string;
  readonly raw: number[];
  readonly rawAgain: number[];
  readonly rekey: number[];
}

const { host, port, user, password, rounds } = JSON.parse(Deno.args[0]!) as ClientInput;
const options = { host, port, user, password, database: "postgres", max, onnotice: () => {} };

const value = new Secret(JSON.stringify({ username: user, password }));
const credentials = credentialProvider({
  name: "bench",
  read: (stage) => Promise.resolve(stage === "current" ? { versionId: "1", value } : undefined),
});
const clients: Record<"raw" | "rawAgain" | "rekey", Sql> = {
  raw: postgres(options),
  rawAgain: postgres(options),
  rekey: rotatingPostgres(
    (login) => postgres({ database: "postgres", onnotice: () => {}, ...login }),
    { credentials, host, port, max },
  ),
};
await prepare(clients.raw);

type Name = keyof typeof clients;
const names: Name[] = ["raw", "rekey", "rawAgain"];
const times: WorkloadTimes[] = [];
for (const workload of workloads) {
  const measured: WorkloadTimes = { name: workload.name, raw: [], rawAgain: [], rekey: [] };
  for (const name of names) await workload.run(clients[name]);
  for (let round = 0; round < rounds; round++) {
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
await Promise.all(names.map((name) => clients[name].end()));
credentials.close();
console.log(JSON.stringify(times));
