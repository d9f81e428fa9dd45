/** One user with two passwords: the new one is primary, the one that apps use works beside it. */

import { isRekeyError, RekeyError } from "../errors.ts";
import { changeOwnPassword } from "./own_session.ts";
import { probe } from "./session.ts";
import type { LocatedPayload, RotationStrategy, SetContext } from "./strategy.ts";

/**
 * Dual-password rotation (MySQL 8.0.14 or later): the user sets a new password and keeps the current
 * one beside it, so both log in until the rotation after next. The user needs the privilege
 * APPLICATION_PASSWORD_ADMIN. MariaDB has no such thing, and refuses with `ROTATION_UNSUPPORTED`.
 *
 * At no moment does the current credential stop working, wherever a rotation is abandoned: a second
 * password is set only while the current one is primary, because MySQL drops the password beside the
 * primary one and would else drop the one that apps use. The previous one is taken away early by
 * {@linkcode discardOldPassword}, never by itself.
 *
 * A policy against reuse (PASSWORD HISTORY, PASSWORD REUSE INTERVAL) is met by no rotation that is
 * finished, or repeated with its pending version. It stands in the way after a set step whose pending
 * version was given up: the current password cannot be made primary again, and every rotation fails
 * with `ROTATION_UNSUPPORTED`. An administrator then lifts the policy of the user, and sets it again
 * after a rotation; `ALTER USER ... DISCARD OLD PASSWORD` would take away the password that apps use.
 * PASSWORD REQUIRE CURRENT stands in the way of the same: MySQL then takes no password for the
 * primary one from a session that was let in with the other.
 *
 * Two invocations of the set step at the same time, after a rotation that was abandoned, may take away
 * what the other has set: the test step then fails, and a repeated set step mends it. The current
 * credential logs in all the while.
 */
export function dualPassword(): RotationStrategy {
  return Object.freeze({
    name: "dual-password",
    nextUsername: (current: string) => current,
    set,
  });
}

function set(context: SetContext): Promise<void> {
  const { target, current, pending } = context;
  return changeOwnPassword(context, "dual-password", async (session, credential) => {
    if (session.retainOwnPassword === undefined) throw oneForEach(pending);
    const { username, password } = pending;
    const retain = () => session.retainOwnPassword!(username, current.password, password);
    try {
      return await retain();
    } catch {
      // Another invocation of this step was faster: what follows would take away what it has set.
      if ((await probe(target, pending)).accepted) return;
      // That was a refused login, and another may follow. Being let in again ends the row of them.
      if (target.countsRefusals) await probe(target, credential);
    }
    // After an abandoned rotation the primary is the abandoned password, and the current one is
    // beside it: exactly where the next change would drop it. A policy against reuse may refuse to
    // set what is primary already; retaining finds out whether it is.
    const refusal = await session.setOwnPassword(username, current.password)
      .then(() => undefined, (error) => ({ error }));
    await retain().catch((error) => {
      // It could not be made primary: why, is what helps.
      const isStuck = isRekeyError(error) && error.code === "ROTATION_UNDER_WAY";
      throw isStuck && refusal !== undefined ? refusal.error : error;
    });
  });
}

/** The error of a database in which a user has one password. */
export function oneForEach({ host }: LocatedPayload): RekeyError {
  return new RekeyError(
    "ROTATION_UNSUPPORTED",
    `Dual passwords need MySQL 8.0.14 or later; the server ${host} keeps one password for each user. ` +
      `Nothing was changed. Use singleUser() or alternatingUsers().`,
  );
}
