/** The passwords of the session's own account. */

import { RekeyError } from "../../../core/errors.ts";
import type { Secret } from "../../../core/secret.ts";
import { errnoOf } from "../classify.ts";
import { exclusively } from "./exclusive.ts";
import { passwordLiteral } from "./literal.ts";
import type { Server } from "./server.ts";

/** REPLACE named a password that is not the primary one. */
const incorrectCurrentPassword = 3891;
/** A policy against reuse refuses the password. MySQL looks at that before it looks at REPLACE. */
const usedBefore = 3638;

/** Sets the primary password; a second one stays. */
export async function setOwnPassword(
  server: Server,
  username: string,
  password: Secret,
): Promise<void> {
  requireOwn(server, username);
  try {
    await server.dialect.setOwnPassword(server, password);
  } catch (error) {
    const refusal = policies[errnoOf(error)];
    if (refusal === undefined) throw error;
    throw new RekeyError(
      "ROTATION_UNSUPPORTED",
      `The password policy of "${username}" ${refusal}. Nothing was changed. If a rotation was ` +
        `abandoned and given up, have an administrator lift that policy of the user, rotate, and ` +
        `set it again; alternatingUsers() does not meet it.`,
      { cause: error },
    );
  }
}

const policies: Readonly<Record<number, string>> = {
  [usedBefore]:
    "(PASSWORD HISTORY, PASSWORD REUSE INTERVAL) refuses a password that was used before",
  [incorrectCurrentPassword]: "(PASSWORD REQUIRE CURRENT) demands the primary password, and the " +
    "rotator was let in with the one beside it",
};

/** Sets the primary password and keeps `current` beside it. */
export async function retainOwnPassword(
  server: Server,
  username: string,
  current: Secret,
  password: Secret,
): Promise<void> {
  requireOwn(server, username);
  const { query, unicode } = server;
  const [next, old] = [password, current].map((secret) => passwordLiteral(secret, unicode));
  // REPLACE is what makes it safe, whoever else came in between: what is primary is retained.
  const change = `alter user current_user() identified by ${next} replace ${old}` +
    ` retain current password`;
  await exclusively(
    server,
    passwordsOf(username),
    () => whilePrimary(username, () => query(change)),
  );
}

/** Takes away the password beside `current`. */
export async function discardOldPassword(
  server: Server,
  username: string,
  current: Secret,
): Promise<void> {
  requireOwn(server, username);
  // A rotation between the proof and what follows from it would lose `current`.
  await exclusively(server, passwordsOf(username), async () => {
    await whilePrimary(username, () => provePrimary(server, username, current));
    await server.query("alter user current_user() discard old password");
  });
}

/** Rejects unless `current` is the primary password, and changes no password. */
async function provePrimary(server: Server, username: string, current: Secret): Promise<void> {
  const { query, unicode } = server;
  const value = passwordLiteral(current, unicode);
  try {
    await query(`alter user current_user() identified by ${value} replace ${value}`);
  } catch (error) {
    if (errnoOf(error) !== usedBefore) throw error;
    // Any other change would tell, and be one.
    throw unproven(username, error);
  }
}

function passwordsOf(username: string): string {
  return `passwords of ${username}`;
}

async function whilePrimary(username: string, change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (errnoOf(error) !== incorrectCurrentPassword) throw error;
    throw notPrimary(username, error);
  }
}

function notPrimary(username: string, cause: unknown): RekeyError {
  return new RekeyError(
    "ROTATION_UNDER_WAY",
    `The current password of "${username}" is not its primary one: a rotation is under way, or ` +
      `was abandoned. Nothing was changed. Finish it by rotating again, then repeat.`,
    { cause },
  );
}

function unproven(username: string, cause: unknown): RekeyError {
  return new RekeyError(
    "ROTATION_UNSUPPORTED",
    `Whether the current password of "${username}" is its primary one cannot be found out under its ` +
      `password policy (PASSWORD HISTORY, PASSWORD REUSE INTERVAL). ` +
      `Nothing was changed. Have an administrator lift the policy against reuse of the user and ` +
      `repeat; or, when no rotation was abandoned since the last one that was finished, run ALTER ` +
      `USER ... DISCARD OLD PASSWORD.`,
    { cause },
  );
}

/** A proxy user's session is somebody else's, and an anonymous account is everybody's. */
function requireOwn({ account }: Server, username: string): void {
  if (account.user === username) return;
  throw new RekeyError(
    "ROTATION_MISMATCH",
    `The session of "${username}" belongs to the account "${account.user}"@"${account.host}", and ` +
      `the rotator changes no password but that of the user it logged in as. Nothing was changed.`,
    { field: "username" },
  );
}
