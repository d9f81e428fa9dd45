/** Takes away the password that dual-password rotation left beside the current one. */

import { systemClock } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import { systemRandom } from "../random.ts";
import { oneForEach } from "./dual_password.ts";
import type { RotationOptions } from "./options.ts";
import { withSession } from "./session.ts";
import { currentVersion, need, noVersion } from "./versions.ts";

/** Options of {@linkcode discardOldPassword}. */
export type DiscardOptions = Pick<
  RotationOptions,
  "store" | "target" | "endpoint" | "clock" | "random"
>;

/**
 * Makes the current password of a secret the only one of its user, after dual-password rotations:
 * when the previous one has leaked, or when you change to another strategy. Whoever still uses the
 * previous one is locked out; let the apps adopt the current one first.
 *
 * Refused, with nothing changed, while a rotation is under way, and by the database unless the
 * current password is the primary one: the other one would be the current one then. Under a policy
 * against reuse (PASSWORD HISTORY, PASSWORD REUSE INTERVAL) MySQL does not tell which one it is:
 * refused with `ROTATION_UNSUPPORTED`, which names the ways out.
 *
 * @throws {RekeyError} `ROTATION_UNDER_WAY`, `ROTATION_UNSUPPORTED`, `ROTATION_LOGIN_FAILED`,
 * `ROTATION_UNKNOWN_VERSION`, `INVALID_SECRET`
 */
export async function discardOldPassword(secretId: string, options: DiscardOptions): Promise<void> {
  const { store, target, endpoint, clock = systemClock, random = systemRandom } = options;
  const { stages } = await store.describe(secretId);
  const currentId = currentVersion(stages);
  if (currentId === undefined) throw noVersion(secretId, "current");
  for (const [id, labels] of stages) {
    if (id === currentId || !labels.includes("pending")) continue;
    throw new RekeyError(
      "ROTATION_UNDER_WAY",
      `Version ${id} of the secret "${secretId}" is pending: the old password is needed until that ` +
        `rotation is finished, or its label removed. Nothing was changed.`,
    );
  }
  const reader = { store, target, endpoint, clock, random };
  const { payload } = await need(reader, secretId, "current", currentId);
  await withSession(target, payload, "current", async (session) => {
    if (session.discardOldPassword === undefined) throw oneForEach(payload);
    await session.discardOldPassword(payload.username, payload.password);
  });
}
