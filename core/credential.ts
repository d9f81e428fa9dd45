/** A database credential and where it came from. */

import type { Secret } from "./secret.ts";

/**
 * What a version is at the moment: `current` (AWSCURRENT), `pending` (AWSPENDING, a rotation under
 * way or abandoned) or `previous` (AWSPREVIOUS).
 */
export type VersionStage = "current" | "pending" | "previous";

/**
 * A username, its password and the version of the secret that they came from. Usernames change
 * with alternating users, so the two always travel together.
 */
export interface Credential {
  /** The database user. */
  readonly username: string;
  /** The password; never printed. */
  readonly password: Secret;
  /** The version of the secret. Two credentials with the same version id are the same credential. */
  readonly versionId: string;
  /** The stage under which this version was read. Labels move: it may have another one by now. */
  readonly stage: VersionStage;
  /** The server's host, when the secret names one. */
  readonly host?: string;
  /** The server's port, when the secret names one. */
  readonly port?: number;
  /** The database, when the secret names one. */
  readonly database?: string;
}

/** Whether two credentials would log in the same way. */
export function sameLogin(a: Credential, b: Credential): boolean {
  return a.username === b.username && a.password.equals(b.password);
}
