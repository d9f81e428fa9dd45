/**
 * What a rotating client costs: throughput relative to the driver alone, in interleaved rounds, with
 * raw against raw beside it as the noise. See bench/README.md for the method.
 */

import { parseArgs } from "node:util";
import { type Flavor, startMysql } from "../../tests/servers/mysql/mod.ts";
import { startPostgres } from "../../tests/servers/postgres/mod.ts";
import { ratios, show } from "../spread.ts";
import type { WorkloadTimes } from "./client.ts";
import type { ClientInput, ServerName } from "./subject.ts";

const { values, positionals } = parseArgs({
  args: Deno.args,
  options: { mysql: { type: "boolean" }, mariadb: { type: "boolean" } },
  allowPositionals: true,
});
const rounds = Number(positionals[0] ?? 21);
if (!Number.isInteger(rounds) || rounds < 3) {
  console.error("usage: deno task bench:overhead [--mysql | --mariadb] [ROUNDS], 3 or more");
  Deno.exit(2);
}
const name: ServerName = values.mysql ? "mysql" : values.mariadb ? "mariadb" : "postgres";

await using server = name === "postgres" ? await startPostgres() : await startBench(name);
const { host, port, superuser: { user, password } } = server;
const input: ClientInput = { server: name, host, port, user, password, rounds };

console.log(`Throughput over the driver alone on ${name}, median of ${rounds} rounds [quartiles]`);
console.log(`${"".padEnd(32)}${"rekey / raw".padEnd(24)}raw / raw`);
for (const pinned of [false, true]) {
  const times = await measure(pinned);
  if (times === undefined) {
    console.log("pinned: NOT RUN, there is no taskset (util-linux) on this machine");
    continue;
  }
  console.log(pinned ? "client pinned to one core" : "not pinned");
  for (const { name, raw, rawAgain, rekey } of times) {
    const [ours, noise] = [rekey, rawAgain].map((times) => show(ratios(times, raw)));
    console.log(`  ${name.padEnd(30)}${ours!.padEnd(24)}${noise}`);
  }
}

async function startBench(flavor: Flavor) {
  const server = await startMysql({ flavor });
  await server.admin().query("create database bench");
  return server;
}

async function measure(pinned: boolean): Promise<readonly WorkloadTimes[] | undefined> {
  const deno = [
    Deno.execPath(),
    "run",
    "-A",
    new URL("client.ts", import.meta.url).pathname,
    JSON.stringify(input),
  ];
  const [command, ...args] = pinned ? ["taskset", "-c", "0", ...deno] : deno;
  try {
    const { success, stdout } = await new Deno.Command(command!, { args, stderr: "inherit" })
      .output();
    if (!success) {
      throw new Error(`the client process failed (${pinned ? "pinned" : "not pinned"})`);
    }
    return JSON.parse(new TextDecoder().decode(stdout));
  } catch (error) {
    if (pinned && error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
