/** A user that changes its own password: what single-user and dual-password rotation share. */

import { isRekeyError, RekeyError } from "../errors.ts";
import type { RotationTarget, TargetSession } from "./ports.ts";
import { login, loginFailed, probe } from "./session.ts";
import type { LocatedPayload, SetContext } from "./strategy.ts";

/** A session of the user itself, and the credential that it was let in with. */
interface OwnSession {
  readonly session: TargetSession;
  readonly credential: LocatedPayload;
}

/**
 * Has `change` make the pending password log in, in a session of the user itself, unless it does
 * already. When that fails, the pending password is tried: `change` leaves no row of refused logins
 * behind.
 *
 * @param strategy its name in messages
 */
export async function changeOwnPassword(
  context: SetContext,
  strategy: string,
  change: (session: TargetSession, credential: LocatedPayload) => Promise<void>,
): Promise<void> {
  const { target, pending } = context;
  // The guard comes before any login: a mismatched pending version must not touch a database.
  requireSameAccount(context, strategy);
  try {
    const own = await ownSession(context);
    if (own === undefined) return;
    try {
      await change(own.session, own.credential);
    } finally {
      await own.session.close();
    }
  } catch (error) {
    // A server that counts refused logins, and has seen several by now, is left alone.
    if (isRekeyError(error) && refusals(target).includes(error.code)) throw error;
    // Another invocation of this step was faster, or the answer was lost.
    const outcome = await probe(target, pending).catch(() => undefined);
    if (!outcome?.accepted) throw error;
  }
}

/**
 * Logs in with the current credential, else with the previous one: that mends a rotation that
 * somebody rolled back in the store or half did by hand. Undefined when the pending one logs in: an
 * earlier or a faster invocation has done the work.
 *
 * Pending comes after current, so that a whole rotation meets no refused login, and two invocations
 * at the same time no more than one each. Previous comes last, after two in a row: a server that locks
 * the user after two leaves no way to find out that it is the one.
 */
async function ownSession(context: SetContext): Promise<OwnSession | undefined> {
  const { target, current, pending, previous } = context;
  const first = await login(target, current);
  if (first.accepted) return { session: first.session, credential: current };
  if ((await probe(target, pending)).accepted) return undefined;
  const fallback = await previous();
  if (fallback === undefined || !sameAccount(fallback, current)) {
    throw loginFailed("current", current, first.code);
  }
  const second = await login(target, fallback);
  if (!second.accepted) throw loginFailed("current, and also the previous,", current, first.code);
  return { session: second.session, credential: fallback };
}

/** Errors after which one login more would do harm. */
function refusals({ countsRefusals }: RotationTarget): string[] {
  return countsRefusals ? ["LOGIN_REFUSED", "ROTATION_LOGIN_FAILED"] : ["LOGIN_REFUSED"];
}

function requireSameAccount({ current, pending }: SetContext, strategy: string): void {
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
