/** One user whose password changes in place. */

import { ownSession, requireSameAccount } from "./own_session.ts";
import { probe } from "./session.ts";
import type { RotationStrategy, SetContext } from "./strategy.ts";

/**
 * Single-user rotation: the user changes its own password. From the set step to the finish step
 * only the holder of AWSPENDING can log in; the client half of this package closes that gap.
 *
 * The current credential logs in to make the change, else the previous one: that mends a rotation
 * that somebody rolled back in the store or half did by hand.
 *
 * A second password that a MySQL user still has from {@linkcode dualPassword} is left alone, and
 * goes on logging in: call {@linkcode discardOldPassword} once when you leave dual-password rotation.
 */
export function singleUser(): RotationStrategy {
  return Object.freeze({
    name: "single-user",
    nextUsername: (current: string) => current,
    set,
  });
}

async function set(context: SetContext): Promise<void> {
  const { target, pending } = context;
  requireSameAccount(context, "single-user");
  if ((await probe(target, pending)).accepted) return;
  const session = await ownSession(context);
  try {
    await session.setOwnPassword(pending.username, pending.password);
  } finally {
    await session.close();
  }
}
