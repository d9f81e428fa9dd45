/** Errors with stable codes, recognised across copies of this package. */

/**
 * Every code a {@linkcode RekeyError} can carry. Codes are stable across versions: match on them,
 * not on messages.
 *
 * | code | meaning |
 * |---|---|
 * | `INVALID_OPTION` | an option is missing, out of range or contradicts another |
 * | `INVALID_SECRET` | the secret's value is not a usable database credential; names the field |
 * | `SOURCE_FAILED` | the secret source could not be read and nothing usable is cached |
 * | `SECRET_NOT_FOUND` | the secret source answered that the secret has no current version |
 * | `LOGIN_BUDGET_EXHAUSTED` | no candidate logged in within `loginBudgetMs`; see `attempts` |
 * | `LOGIN_REFUSED` | the server refused the login for a reason that no other credential mends |
 * | `LOCK_TIMEOUT` | another task holds the lock, or was faster each time it was lost |
 * | `CLOSED` | used after `close()` or `end()` |
 * | `UNSUPPORTED_DRIVER` | the driver's version lacks what the adapter relies on |
 * | `TLS_REQUIRED` | the connection would not be protected and the options do not allow that |
 * | `INVALID_IDENTIFIER` | a user, role or database name the database cannot hold |
 * | `ROTATION_NOT_ENABLED` | the secret is not set up for rotation |
 * | `ROTATION_UNKNOWN_VERSION` | the token names no version, or one without AWSPENDING |
 * | `ROTATION_UNKNOWN_STEP` | not one of the four steps |
 * | `ROTATION_MISMATCH` | user or host of two versions do not belong together |
 * | `ROTATION_LOGIN_FAILED` | a credential that the step needs does not log in |
 * | `ROTATION_REPLICA_TIMEOUT` | a replica did not accept the pending credential in time |
 * | `ROTATION_UNSUPPORTED` | the database, or this user of it, cannot be rotated in this way |
 * | `ROTATION_UNDER_WAY` | a rotation has to be finished, or taken back, before this can be done |
 */
export type RekeyErrorCode =
  | "INVALID_OPTION"
  | "INVALID_SECRET"
  | "SOURCE_FAILED"
  | "SECRET_NOT_FOUND"
  | "LOGIN_BUDGET_EXHAUSTED"
  | "LOGIN_REFUSED"
  | "LOCK_TIMEOUT"
  | "CLOSED"
  | "UNSUPPORTED_DRIVER"
  | "TLS_REQUIRED"
  | "INVALID_IDENTIFIER"
  | "ROTATION_NOT_ENABLED"
  | "ROTATION_UNKNOWN_VERSION"
  | "ROTATION_UNKNOWN_STEP"
  | "ROTATION_MISMATCH"
  | "ROTATION_LOGIN_FAILED"
  | "ROTATION_REPLICA_TIMEOUT"
  | "ROTATION_UNSUPPORTED"
  | "ROTATION_UNDER_WAY";

/** One login that was tried: where it came from and how it ended, never a value. */
export interface LoginAttempt {
  /** The stage under which the candidate was found, or `accepted` for the one last accepted. */
  readonly stage: "accepted" | "current" | "pending" | "previous";
  /** The version id of the candidate. */
  readonly versionId: string;
  /** The driver's or the server's code, for example `28P01`. */
  readonly code: string;
}

/** What a {@linkcode RekeyError} may carry besides code and message. */
export interface RekeyErrorDetails {
  /** The error underneath. Drivers' and SDKs' errors are passed on; they hold no password. */
  readonly cause?: unknown;
  /** The logins tried, oldest first. */
  readonly attempts?: readonly LoginAttempt[];
  /** The field of a secret that is wrong. */
  readonly field?: string;
}

const brand: unique symbol = Symbol.for("@rekey/orm/error") as never;

/**
 * The one error class of this package.
 *
 * @example Match on the code
 * ```ts
 * import { isRekeyError, RekeyError } from "@rekey/orm";
 * import assert from "node:assert/strict";
 *
 * const error: unknown = new RekeyError("CLOSED", "The provider is closed.");
 * assert.ok(isRekeyError(error) && error.code === "CLOSED");
 * ```
 */
export class RekeyError extends Error {
  /** What went wrong, stable across versions. */
  readonly code: RekeyErrorCode;
  /** The logins tried, oldest first; empty when none was. */
  readonly attempts: readonly LoginAttempt[];
  /** The field of a secret that is wrong, if that is what went wrong. */
  readonly field: string | undefined;

  /** Makes an error; `message` says what was tried, which rule was met and what to do. */
  constructor(code: RekeyErrorCode, message: string, details: RekeyErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = "RekeyError";
    this.code = code;
    this.attempts = Object.freeze([...details.attempts ?? []]);
    this.field = details.field;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether `value` is a {@linkcode RekeyError}, of this copy of the package or another one. */
export function isRekeyError(value: unknown): value is RekeyError {
  return typeof value === "object" && value !== null &&
    (value as { [brand]?: unknown })[brand] === true;
}

/** The `code` of whatever was thrown, or its name: short, and free of values. */
export function codeOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null) return "UNKNOWN";
  const { code, name } = thrown as { code?: unknown; name?: unknown };
  if (typeof code === "string" && code !== "") return code;
  return typeof name === "string" && name !== "" ? name : "UNKNOWN";
}
