/** What differs between the ways to rotate. */

import type { SecretPayload } from "../secret_payload.ts";
import type { RotationTarget } from "./ports.ts";

/** A payload whose host is known. */
export interface LocatedPayload extends SecretPayload {
  /** The server's host. */
  readonly host: string;
}

/** What a strategy may use to set a password. */
export interface SetContext {
  /** The database. */
  readonly target: RotationTarget;
  /** The credential that apps use now. */
  readonly current: LocatedPayload;
  /** The credential to make valid. */
  readonly pending: LocatedPayload;
  /** The credential before the current one, if there is one. */
  readonly previous: () => Promise<LocatedPayload | undefined>;
  /** The admin credential. Throws when none is configured. */
  readonly admin: () => Promise<LocatedPayload>;
}

/** A way to rotate: whose password changes, and with whose rights. */
export interface RotationStrategy {
  /** The name in events: `single-user`, `alternating-users`, `dual-password`. */
  readonly name: string;
  /**
   * The user of the next version.
   * @throws {RekeyError} `INVALID_IDENTIFIER` when the database cannot hold that name
   */
  nextUsername(current: string, target: RotationTarget): string;
  /**
   * Makes `pending` log in. Repeatable: a call after a crash anywhere finishes the work.
   * @throws {RekeyError} `ROTATION_MISMATCH`, `ROTATION_LOGIN_FAILED`, `ROTATION_UNSUPPORTED`
   */
  set(context: SetContext): Promise<void>;
}
