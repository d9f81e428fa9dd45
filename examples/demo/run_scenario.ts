/** One scenario: clients side by side, each with its own user, database, secret and rotations. */

import { ClientProcess } from "./client/process.ts";
import { nowMs } from "./client/protocol.ts";
import { ConnectionSampler } from "./measure/connection_sampler.ts";
import { checkIntegrity } from "./measure/integrity.ts";
import { remarksOf } from "./measure/remarks.ts";
import type { Result } from "./measure/result.ts";
import type { Span } from "./measure/spans.ts";
import { statisticsOf } from "./measure/statistics.ts";
import { parameters } from "./parameters.ts";
import { pause, unlessAborted } from "./pause.ts";
import type { Scenario } from "./scenario.ts";
import type { DemoDatabase } from "./databases/database.ts";
import type { Progress } from "./show/progress.ts";
import { type Account, createAccount } from "./world/account.ts";
import { Rotator } from "./world/rotator.ts";
import { startWorld, type World } from "./world/world.ts";

interface Contestant {
  readonly account: Account;
  readonly process: ClientProcess;
  readonly rotator: Rotator;
}

/** Runs it and measures. Rejects with the signal's reason when that aborts; leaves nothing running. */
export async function runScenario(
  database: DemoDatabase,
  scenario: Scenario,
  names: readonly string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Result[]> {
  progress.say(`${scenario.name}: starting servers and clients`);
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await startWorld(database, scenario));
  signal.throwIfAborted();
  const contestants: Contestant[] = [];
  for (const name of names) {
    const account = await createAccount(name, world);
    const process = stack.use(clientProcess(account, database, world, scenario));
    contestants.push({ account, process, rotator: new Rotator(world, scenario, account) });
    signal.throwIfAborted();
  }
  await unlessAborted(world.servers.waitForReplay(), signal);
  const processes = contestants.map(({ process }) => process);
  await unlessAborted(Promise.all(processes.map((process) => process.start())), signal);

  progress.follow(scenario.name, processes, contestants.map(({ rotator }) => rotator));
  const sampler = new ConnectionSampler(world.servers.counter());
  let load: Span;
  try {
    load = await runLoad(contestants, signal);
  } finally {
    await sampler[Symbol.asyncDispose]();
    progress.done();
  }
  return await Promise.all(
    contestants.map((contestant) => resultOf(contestant, scenario, world, sampler, load)),
  );
}

async function runLoad(contestants: readonly Contestant[], signal: AbortSignal): Promise<Span> {
  const { firstRotationMs, rotateEveryMs, afterLastRotationMs, rotations } = parameters;
  const startMs = nowMs();
  for (const { process } of contestants) process.go();
  const rotating = contestants.map(async ({ rotator }) => {
    for (let n = 0; n < rotations; n++) {
      await pause(startMs + firstRotationMs + n * rotateEveryMs - nowMs(), signal);
      await rotator.rotate(signal);
    }
  });
  const lastRotationMs = firstRotationMs + (rotations - 1) * rotateEveryMs;
  await Promise.all([pause(lastRotationMs + afterLastRotationMs, signal), ...rotating]);
  const endMs = nowMs();
  await unlessAborted(Promise.all(contestants.map(({ process }) => process.stop())), signal);
  return { startMs, endMs };
}

function clientProcess(
  { name, secretId }: Account,
  { name: kind }: DemoDatabase,
  world: World,
  scenario: Scenario,
) {
  const { host, port } = world.servers.loaded;
  const database = { kind, name };
  const { maxConnections, recycleMs, ttlMs } = parameters;
  const store = world.double.clientConfig(name);
  return new ClientProcess({
    name,
    readOnly: scenario.onReplica,
    config: { host, port, database, secretId, store, maxConnections, recycleMs, ttlMs },
  });
}

async function resultOf(
  { account: { name }, process, rotator: { rotations } }: Contestant,
  scenario: Scenario,
  { servers, double }: World,
  sampler: ConnectionSampler,
  load: Span,
): Promise<Result> {
  return {
    name: scenario.name,
    client: name,
    ...statisticsOf(process.operations, rotations, scenario, load, servers.replicaLagMs),
    crashes: process.crashes.length,
    rotations: rotations.length,
    sessionsKilled: rotations.reduce((sum, { sessionsKilled }) => sum + sessionsKilled, 0),
    failedLogins: await servers.failedLogins(name),
    storeCalls: double.calls({ accessKeyId: name }).length,
    ttlMs: parameters.ttlMs,
    peakConnections: sampler.peak(name),
    ...checkIntegrity(await servers.keptRows(name), process.operations),
    remarks: remarksOf(process),
  };
}
