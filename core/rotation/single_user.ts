/** One user whose password changes in place. */

import { changeOwnPassword } from "./own_session.ts";
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

function set(context: SetContext): Promise<void> {
  const { username, password } = context.pending;
  return changeOwnPassword(
    context,
    "single-user",
    (session) => session.setOwnPassword(username, password),
  );
}
