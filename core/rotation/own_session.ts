/** A session of the user whose password is to change: what single-user and dual-password share. */

import { RekeyError } from "../errors.ts";
import type { TargetSession } from "./ports.ts";
import { login, loginFailed } from "./session.ts";
import type { LocatedPayload, SetContext } from "./strategy.ts";

/**
 * Logs in with the current credential, else with the previous one: that mends a rotation that
 * somebody rolled back in the store or half did by hand.
 */
export async function ownSession(
  { target, current, previous }: SetContext,
): Promise<TargetSession> {
  const first = await login(target, current);
  if (first.accepted) return first.session;
  const fallback = await previous();
  if (fallback === undefined || !sameAccount(fallback, current)) {
    throw loginFailed("current", current, first.code);
  }
  const second = await login(target, fallback);
  if (!second.accepted) throw loginFailed("current, and also the previous,", current, first.code);
  return second.session;
}

/**
 * Refuses a pending version that differs in more than the password. Comes before any login: a
 * mismatched version must not touch a database.
 */
export function requireSameAccount(
  { current, pending }: SetContext,
  strategy: string,
): void {
  for (const field of ["username", "host", "port"] as const) {
    if (current[field] === pending[field]) continue;
    throw new RekeyError(
      "ROTATION_MISMATCH",
      `The ${field} of the pending version differs from the current version's, and ${strategy} ` +
        `rotation changes only the password. Remove the pending version and rotate again.`,
      { field },
    );
  }
}

function sameAccount(a: LocatedPayload, b: LocatedPayload): boolean {
  return a.username === b.username && a.host === b.host && a.port === b.port;
}
