/** One user whose password changes in place. */

import { RekeyError } from "../errors.ts";
import type { LocatedPayload, RotationStrategy, SetContext } from "./strategy.ts";
import { login, loginFailed, probe } from "./session.ts";

/**
 * Single-user rotation: the user changes its own password. From the set step to the finish step
 * only the holder of AWSPENDING can log in; the client half of this package closes that gap.
 *
 * The current credential logs in to make the change, else the previous one: that mends a rotation
 * that somebody rolled back in the store or half did by hand.
 */
export function singleUser(): RotationStrategy {
  return Object.freeze({
    name: "single-user",
    nextUsername: (current: string) => current,
    set,
  });
}

async function set({ target, current, pending, previous }: SetContext): Promise<void> {
  // The guard comes before any login: a mismatched pending version must not touch a database.
  requireSame("username", current.username, pending.username);
  requireSame("host", current.host, pending.host);
  requireSame("port", current.port, pending.port);
  if ((await probe(target, pending)).accepted) return;

  const first = await login(target, current);
  let session = first.accepted ? first.session : undefined;
  if (!first.accepted) {
    const fallback = await previous();
    if (fallback === undefined || !sameAccount(fallback, current)) {
      throw loginFailed("current", current, first.code);
    }
    const second = await login(target, fallback);
    if (!second.accepted) throw loginFailed("current, and also the previous,", current, first.code);
    session = second.session;
  }
  try {
    await session!.setOwnPassword(pending.username, pending.password);
  } finally {
    await session!.close();
  }
}

function sameAccount(a: LocatedPayload, b: LocatedPayload): boolean {
  return a.username === b.username && a.host === b.host && a.port === b.port;
}

function requireSame(
  field: string,
  current: string | number | undefined,
  pending: string | number | undefined,
): void {
  if (current === pending) return;
  throw new RekeyError(
    "ROTATION_MISMATCH",
    `The ${field} of the pending version differs from the current version's, and single-user ` +
      `rotation changes only the password. Remove the pending version and rotate again.`,
    { field },
  );
}
