/** What a postgres.js error means. Sources: PostgreSQL's appendix of error codes; experiments. */

import { lostSocketCodes, unreachableCodes } from "../../core/client/network_codes.ts";
import { codeOf } from "../../core/errors.ts";
import type { Executed, Failure, FailureKind } from "../../core/failure.ts";

/** Only with severity FATAL: a statement of the user's can raise any of these as an ERROR. */
const fatal: Readonly<Record<string, FailureKind>> = {
  "28P01": "auth", // wrong password, unknown role, VALID UNTIL passed, not replicated yet
  "28000": "auth", // NOLOGIN, no matching pg_hba line, a proxy that does not know the user
  "42501": "refused", // no CONNECT privilege
  "3D000": "refused", // no such database
  "53300": "busy", // too many connections
  "57P03": "starting",
  "57P01": "connection", // terminated by an administrator
  "57P02": "connection", // crash of another session
};

const lost: ReadonlySet<string> = new Set([
  ...lostSocketCodes,
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
]);

const unreachable: ReadonlySet<string> = new Set([
  ...unreachableCodes,
  "CONNECT_TIMEOUT",
  "CONNECTION_ENDED",
]);

/** Classifies what postgres.js or the server threw. */
export function classify(error: unknown): Failure {
  const code = codeOf(error);
  const { severity, message } = (error ?? {}) as { severity?: unknown; message?: unknown };
  if (severity === "FATAL" && Object.hasOwn(fatal, code)) {
    const kind = fatal[code]!;
    return failure(kind, kind === "connection" ? "maybe" : "no", code);
  }
  if (lost.has(code)) return failure("connection", "maybe", code);
  if (unreachable.has(code)) return failure("connection", "no", code);
  if (code === "40001" && /conflict with recovery/.test(String(message))) {
    return failure("replica-lag", "no", code);
  }
  if (code === "25006") return failure("read-only", "no", code);
  return failure("other", "no", code);
}

function failure(kind: FailureKind, executed: Executed, code: string): Failure {
  return { kind, executed, code };
}
