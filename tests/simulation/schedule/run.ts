/** Runs one schedule from its beginning to the end, where everything must have come right. */

import { properties } from "../properties/catalogue.ts";
import { rollBackConfirmMs } from "../properties/times.ts";
import { loginBudgetMs } from "./configuration.ts";
import type { Director } from "./director.ts";
import { appSecretId } from "../../../adapters/testing/simulation/world.ts";
import { faults } from "./faults.ts";

/** Steps that a rotation may need after the faults stopped: each may have to be repeated. */
const mostSteps = 24;
/** Messages, and one second for what is under way. */
const slackMs = 3_000;

/** The beginning of a schedule: some work, so that there are connections. */
export async function prologue(director: Director): Promise<void> {
  director.workload.operate("statements", 2, 5);
  await director.advance(200);
}

/** The end: faults stop, a rotation is finished, and every process comes to know. */
export async function epilogue(director: Director): Promise<void> {
  const { configuration, world, replica, second } = director;
  // A schedule without any fault would say little.
  if (director.coverage.faults === 0) {
    faults["sessions killed"]!.begin(director, 1);
    director.happened("sessions killed");
  }
  for (const fault of [...director.lasting]) fault.end();
  replica.resume();
  director.lockouts.end();
  await finishRotation(director);
  if (director.rotations === 0 || director.rotationWatch.disturbed) {
    await director.service.step();
    await finishRotation(director);
  }
  await thaw(director);
  const lagMs = Math.max(replica.lagMs, second?.lagMs ?? 0);
  const { ttlMs } = configuration;
  // The second ttlMs is for an endpoint whose probe came before its replica was ready.
  const enoughMs = 2 * ttlMs + loginBudgetMs + lagMs + rollBackConfirmMs + slackMs;
  let untilMs = director.nowMs + enoughMs;
  while (director.nowMs < untilMs) {
    // Some are told of a lock only now: the answer was on its way.
    const lockMs = longestLockMs(director);
    if (lockMs > 0) untilMs = Math.max(untilMs, director.nowMs + lockMs + enoughMs);
    director.workload.operate("statements", 1, 5);
    await director.advance(700);
  }
  await director.advance(loginBudgetMs + slackMs);
  checkConvergence(director);
  checkNumbers(director);
  await director.end();
  if (world.store.versionOf(appSecretId, "current") === undefined) {
    director.violations.report(properties.rotator, "no version is current");
  }
  director.coverage.schedules++;
}

async function finishRotation(director: Director): Promise<void> {
  for (let step = 0; director.service.rotating || director.service.stepping; step++) {
    await director.service.stepEnds();
    if (!director.service.rotating) return;
    if (step >= mostSteps) {
      director.violations.report(properties.rotator, `not finished after ${mostSteps} steps`);
      return;
    }
    // As the service does: not at once.
    await director.advance(step * 100);
    await director.service.step();
  }
}

/** Processes that are frozen come to life again. */
async function thaw(director: Director): Promise<void> {
  while (director.lives.some(({ running }) => !running)) await director.advance(1_000);
}

/** How long it takes until no user who was locked out is left alone any more. */
function longestLockMs({ lives }: Director): number {
  const watched = lives.flatMap(({ watched }) => watched);
  return Math.max(0, ...watched.map(({ locks }) => locks.longestMs));
}

function checkConvergence(director: Director): void {
  const current = director.world.store.versionOf(appSecretId, "current");
  const report = (what: string) => director.violations.report(properties.convergence, what);
  for (const { name, process, watched } of director.lives) {
    const known = process.provider.peek()?.versionId;
    if (known !== current) report(`${name} knows ${known}, and ${current} is current`);
    for (const { host, client } of watched) {
      const preferred = client.endpoint.preferred?.versionId;
      if (preferred !== current) {
        report(`${name}@${host} prefers ${preferred}, and ${current} is current`);
      }
      for (const { versionId, state } of client.slots) {
        if (versionId === current || state === "closing") continue;
        report(`${name}@${host} has a connection of ${versionId}, and ${current} is current`);
      }
    }
  }
}

function checkNumbers(director: Director): void {
  const { calm, strategy, ttlMs, waitsForReplica } = director.configuration;
  if (!calm || director.lockouts.excused) return;
  // Asked again once in ttlMs, and refused for as long as it lags.
  const reprobes = Math.floor(director.longestLagMs / ttlMs);
  for (const { watched } of director.lives) {
    for (const { host, logins } of watched) {
      const { failedLogins } = strategy;
      // A rotation that waits for the replica leaves no lag to meet.
      const replica = waitsForReplica && failedLogins.primary === 0
        ? 0
        : failedLogins.replica + reprobes;
      const isPrimary = host === "primary";
      const each = isPrimary ? failedLogins.primary : replica;
      // What was refused before the server went away is asked again when it is back.
      const again = each > 0 ? director.restarts[isPrimary ? "primary" : "replica"] : 0;
      logins.checkNumber(each * director.rotations + again, director.rotations);
    }
  }
}
