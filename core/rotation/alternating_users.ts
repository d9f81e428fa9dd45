/** Two users with the same rights that take turns. */

import { RekeyError } from "../errors.ts";
import type { RotationTarget } from "./ports.ts";
import type { LocatedPayload, RotationStrategy, SetContext } from "./strategy.ts";
import { loginFailed, probe, withSession } from "./session.ts";

/** Options of {@linkcode alternatingUsers}. */
export interface AlternatingUsersOptions {
  /**
   * What the twin's name has more than the first user's.
   * @default {"_clone"}
   */
  readonly suffix?: string;
}

/**
 * Alternating-users rotation: `app` and `app_clone` take turns, and the one that apps use is never
 * touched. An admin credential creates the idle twin, or changes its password.
 *
 * Apps never see a rejected login, provided that they learn of the new version before the old
 * user's password is changed by the rotation after next. Not behind RDS Proxy.
 *
 * @throws {RekeyError} `INVALID_OPTION` for an empty suffix
 */
export function alternatingUsers(options: AlternatingUsersOptions = {}): RotationStrategy {
  const suffix = options.suffix ?? "_clone";
  if (suffix === "") {
    throw new RekeyError("INVALID_OPTION", `suffix is empty: the twin needs another name.`);
  }
  const nextUsername = (current: string, target: RotationTarget) => {
    const next = current.endsWith(suffix) && current !== suffix
      ? current.slice(0, -suffix.length)
      : current + suffix;
    const { max, unit } = target.usernameLimit;
    const length = unit === "bytes" ? new TextEncoder().encode(next).length : [...next].length;
    if (length > max) {
      throw new RekeyError(
        "INVALID_IDENTIFIER",
        `The twin's name "${next}" has ${length} ${unit} and the database holds ${max}. ` +
          `Use a shorter username or suffix.`,
      );
    }
    return next;
  };
  return Object.freeze({
    name: "alternating-users",
    nextUsername,
    set: (context: SetContext) =>
      set(context, nextUsername(context.current.username, context.target)),
  });
}

async function set(context: SetContext, twin: string): Promise<void> {
  const { target, current, pending } = context;
  if (pending.username !== twin) {
    throw mismatch(
      "username",
      `The pending version's user "${pending.username}" is not the twin "${twin}" of the current ` +
        `user "${current.username}".`,
    );
  }
  if (pending.host !== current.host || pending.port !== current.port) {
    throw mismatch("host", `The pending version's server is not the current version's.`);
  }
  if ((await probe(target, pending)).accepted) return;

  // Confused deputy: whoever can write the secret must prove that it knows a valid credential
  // before the admin's rights are used at the server that the secret names.
  const guard = await probe(target, current);
  if (!guard.accepted) throw loginFailed("current", current, guard.code);
  const admin = await context.admin();
  await requireSameServer(target, admin, current);
  await withSession(
    target,
    admin,
    "admin",
    (session) => session.provisionTwin(current.username, twin, pending.password),
  );
}

async function requireSameServer(
  target: RotationTarget,
  admin: LocatedPayload,
  current: LocatedPayload,
): Promise<void> {
  if (admin.host === current.host && admin.port === current.port) return;
  const [a, b] = [
    await withSession(target, admin, "admin", (session) => session.identify()),
    await withSession(target, current, "current", (session) => session.identify()),
  ];
  // Another name of one server, or a standby and its primary. What was restored from a backup
  // belongs to the same cluster too, and is the one server that must not be taken for the other.
  if (a.cluster === b.cluster && a.instance === b.instance) return;
  const related = a.cluster === b.cluster || b.follows?.includes(a.cluster) === true;
  if (related && b.standby && !a.standby) return;
  throw mismatch(
    "host",
    `The admin credential's server ${admin.host} is neither the server ${current.host} of the ` +
      `secret nor one that it replicates from.`,
  );
}

function mismatch(field: string, text: string): RekeyError {
  return new RekeyError(
    "ROTATION_MISMATCH",
    `${text} Nothing was changed. Correct the secret, or remove its pending version, and rotate again.`,
    { field },
  );
}
