/** Waits for a replica that has not heard of the new credential yet. */

import type { Clock } from "../clock.ts";
import { codeOf, isRekeyError, RekeyError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { RotationTarget } from "./ports.ts";
import { probe } from "./session.ts";
import type { LocatedPayload } from "./strategy.ts";
import { backOff } from "./wait.ts";

/** What waiting needs. */
export interface ReplicaWaiter {
  readonly target: RotationTarget;
  readonly replicaTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Resolves when the replica accepts `pending`.
 *
 * @param accepted what the same user has logged in with so far, for a server that locks users after
 * refused logins in a row: it is let in between two of them, as long as it is
 */
export async function waitForReplica(
  { target, replicaTimeoutMs, clock, random }: ReplicaWaiter,
  pending: LocatedPayload,
  replica: { readonly host: string; readonly port?: number },
  accepted: LocatedPayload | undefined,
): Promise<void> {
  const there = <P extends LocatedPayload>(payload: P): P => ({
    ...payload,
    host: replica.host,
    ...replica.port && { port: replica.port },
  });
  const startedMs = clock.monotonicMs();
  for (let attempt = 0;; attempt++) {
    const refusal = await refusalOf(target, there(pending));
    if (refusal === undefined) return;
    if (clock.monotonicMs() - startedMs >= replicaTimeoutMs) {
      throw new RekeyError(
        "ROTATION_REPLICA_TIMEOUT",
        `The replica ${replica.host}:${replica.port ?? "default port"} still refused the pending ` +
          `credential with ${refusal.code} after ${replicaTimeoutMs} ms. Check that it ` +
          `replicates, or raise replicaTimeoutMs; the step can be repeated.`,
        refusal.cause === undefined ? {} : { cause: refusal.cause },
      );
    }
    if (accepted !== undefined && refusal.cause === undefined) {
      const other = await refusalOf(target, there(accepted));
      // Not one that only could not be reached: it accepts this one yet when it is back.
      if (other !== undefined && other.cause === undefined) accepted = undefined;
    }
    await backOff(clock, random, attempt);
  }
}

/** Why a replica does not let `payload` in. One that restarts is waited for as one that lags. */
async function refusalOf(
  target: RotationTarget,
  payload: LocatedPayload,
): Promise<{ readonly code: string; readonly cause?: unknown } | undefined> {
  try {
    const outcome = await probe(target, payload);
    return outcome.accepted ? undefined : outcome;
  } catch (error) {
    // What the options are to blame for, and a locked user, no waiting mends.
    if (isRekeyError(error)) throw error;
    return { code: codeOf(error), cause: error };
  }
}
