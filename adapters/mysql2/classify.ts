/**
 * What an error of mysql2 means. By number: the driver's names are those of MySQL, and MariaDB gives
 * some numbers to other errors. Sources: the two servers' lists of error codes; experiments.
 */

import { lostSocketCodes, unreachableCodes } from "../../core/client/network_codes.ts";
import { codeOf } from "../../core/errors.ts";
import type { Executed, Failure, FailureKind } from "../../core/failure.ts";

type Known = Readonly<Record<number, readonly [kind: FailureKind, name: string]>>;

/** What a login may be answered with. */
const logins: Known = {
  1045: ["auth", "ER_ACCESS_DENIED_ERROR"], // wrong password, unknown user, not replicated yet
  3118: ["auth", "ER_ACCOUNT_HAS_BEEN_LOCKED"],
  4151: ["auth", "ER_ACCOUNT_HAS_BEEN_LOCKED"], // MariaDB
  1820: ["auth", "ER_MUST_CHANGE_PASSWORD"],
  1862: ["auth", "ER_MUST_CHANGE_PASSWORD_LOGIN"],
  3955: ["locked", "ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK"],
  4150: ["locked", "ER_USER_IS_BLOCKED"], // MariaDB
  1698: ["refused", "ER_ACCESS_DENIED_NO_PASSWORD_ERROR"], // the account's plugin takes no password
  1044: ["refused", "ER_DBACCESS_DENIED_ERROR"],
  1049: ["refused", "ER_BAD_DB_ERROR"],
  1130: ["refused", "ER_HOST_NOT_PRIVILEGED"],
  1040: ["busy", "ER_CON_COUNT_ERROR"],
  1129: ["busy", "ER_HOST_IS_BLOCKED"],
  1203: ["busy", "ER_TOO_MANY_USER_CONNECTIONS"],
  1226: ["busy", "ER_USER_LIMIT_REACHED"],
  1053: ["starting", "ER_SERVER_SHUTDOWN"],
  3032: ["starting", "ER_SERVER_OFFLINE_MODE"], // out of service for all but administrators
};

/** What a statement may be answered with when its session ends. */
const lost: Readonly<Record<number, readonly [executed: Executed, name: string]>> = {
  1053: ["maybe", "ER_SERVER_SHUTDOWN"],
  // Said instead by a server that shuts down and was not quick enough with the other.
  1152: ["maybe", "ER_ABORTING_CONNECTION"],
  1184: ["maybe", "ER_NEW_ABORTING_CONNECTION"],
  // Said to a client whose own side seems closed, and of which the server has read all, or not.
  1158: ["maybe", "ER_NET_READ_ERROR"],
  1159: ["maybe", "ER_NET_READ_INTERRUPTED"],
  1160: ["maybe", "ER_NET_ERROR_ON_WRITE"],
  1161: ["maybe", "ER_NET_WRITE_INTERRUPTED"],
  1927: ["maybe", "ER_CONNECTION_KILLED"], // MariaDB
  3169: ["maybe", "ER_SESSION_WAS_KILLED"],
  // Said before the server read the statement.
  4031: ["no", "ER_CLIENT_INTERACTION_TIMEOUT"],
};

/** A server that only reads: the primary can do this. */
const readOnly: Known = {
  1290: ["read-only", "ER_OPTION_PREVENTS_STATEMENT"],
  1792: ["read-only", "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION"],
  1836: ["read-only", "ER_READ_ONLY_MODE"],
};

/** The driver's code for a lost connection. */
export const lostCode = "PROTOCOL_CONNECTION_LOST";

/** What a login meets when there is no way to the server, or none any more. */
const away: ReadonlySet<string> = new Set([
  ...lostSocketCodes,
  ...unreachableCodes,
  lostCode,
  // A server that starts makes its socket file anew.
  "ENOENT",
]);

/** Classifies what a connect was answered with. */
export function classifyLogin(error: unknown): Failure {
  const known = logins[errnoOf(error)];
  if (known !== undefined) return { kind: known[0], executed: "no", code: known[1] };
  const code = codeOf(error);
  if (away.has(code) || isUnsent(error) || isCutOffInTls(error)) {
    return { kind: "connection", executed: "no", code };
  }
  // Every failure of a login is the end of its connection, also one that is there to stay.
  const kind = isBroken(error) ? "other" : classify(error).kind;
  return { kind, executed: "no", code };
}

/** Classifies what a statement was answered with. */
export function classify(error: unknown): Failure {
  const errno = errnoOf(error);
  const end = lost[errno];
  if (end !== undefined) return { kind: "connection", executed: end[0], code: end[1] };
  const code = codeOf(error);
  if (isUnsent(error)) return { kind: "connection", executed: "no", code: lostCode };
  // Whatever the code: a peer out of reach is told to those, too, who have sent something before.
  if (isBroken(error)) return { kind: "connection", executed: "maybe", code };
  const refused = readOnly[errno];
  // The number stands for every option that prevents a statement.
  if (refused !== undefined && (errno !== 1290 || /read-only/.test(messageOf(error)))) {
    return { kind: refused[0], executed: "no", code: refused[1] };
  }
  return { kind: "other", executed: "no", code };
}

/**
 * Whether the connection was lost while its protection began. The driver has one code for that and
 * for a certificate that will not do; only the former is a system call's failure, or an early end.
 */
function isCutOffInTls(error: unknown): boolean {
  return codeOf(error) === "HANDSHAKE_SSL_ERROR" &&
    (typeof (error as { syscall?: unknown }).syscall === "string" ||
      /disconnected before secure TLS connection was established/.test(messageOf(error)));
}

/** The driver, or the socket that was destroyed, refused to send. */
export function isUnsent(error: unknown): boolean {
  return isBroken(error) &&
    (/^ERR_STREAM_(DESTROYED|WRITE_AFTER_END)$/.test(codeOf(error)) ||
      // The driver gives it no code.
      messageOf(error) === "Can't add new command when connection is in closed state");
}

/** Whether it comes from the driver or from code of the app's that it calls, and not from the connection. */
export function isLocal(error: unknown): boolean {
  // One that has waited too long is still answered, and that is read.
  return errnoOf(error) === 0 && !isBroken(error) && codeOf(error) !== "PROTOCOL_SEQUENCE_TIMEOUT";
}

/** Whether it is the driver's word that the connection has come to its end. */
function isBroken(error: unknown): boolean {
  return errnoOf(error) === 0 && (error as { fatal?: unknown } | undefined)?.fatal === true;
}

/** The server's number, or 0; those of Node are negative. */
export function errnoOf(error: unknown): number {
  const { errno } = (error ?? {}) as { errno?: unknown };
  return typeof errno === "number" && errno > 0 ? errno : 0;
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | undefined)?.message);
}
