/** One user with two passwords: the new one is primary, the one that apps use works beside it. */

import { RekeyError } from "../errors.ts";
import { ownSession, requireSameAccount } from "./own_session.ts";
import { probe } from "./session.ts";
import type { LocatedPayload, RotationStrategy, SetContext } from "./strategy.ts";

/**
 * Dual-password rotation (MySQL 8.0.14 or later): the user sets a new password and keeps the current
 * one beside it, so both log in until the rotation after next. The user needs the privilege
 * APPLICATION_PASSWORD_ADMIN. MariaDB has no such thing, and refuses with `ROTATION_UNSUPPORTED`.
 *
 * At no moment does the current credential stop working, wherever a rotation is abandoned: it is made
 * the primary password before a second one is set, because MySQL drops the password beside the
 * primary one and would else drop the one that apps use. The previous one is taken away early by
 * {@linkcode discardOldPassword}, never by itself.
 */
export function dualPassword(): RotationStrategy {
  return Object.freeze({
    name: "dual-password",
    nextUsername: (current: string) => current,
    set,
  });
}

async function set(context: SetContext): Promise<void> {
  const { target, current, pending } = context;
  requireSameAccount(context, "dual-password");
  if ((await probe(target, pending)).accepted) return;
  const session = await ownSession(context);
  try {
    if (session.retainOwnPassword === undefined) throw oneForEach(pending);
    // After an abandoned rotation the primary is the abandoned password, and the current one is
    // beside it: exactly where the next change would drop it.
    // A policy against reuse refuses what is primary already; retaining finds out whether it is.
    await session.setOwnPassword(current.username, current.password).catch(() => {});
    await session.retainOwnPassword(pending.username, current.password, pending.password);
  } catch (error) {
    // Another invocation of this step was faster, or the answer was lost.
    if (!await logsIn(context)) throw error;
  } finally {
    await session.close();
  }
}

async function logsIn({ target, pending }: SetContext): Promise<boolean> {
  return await probe(target, pending).then(({ accepted }) => accepted, () => false);
}

/** The error of a database in which a user has one password. */
export function oneForEach({ host }: LocatedPayload): RekeyError {
  return new RekeyError(
    "ROTATION_UNSUPPORTED",
    `Dual passwords need MySQL 8.0.14 or later; the server ${host} keeps one password for each user. ` +
      `Nothing was changed. Use singleUser() or alternatingUsers().`,
  );
}
