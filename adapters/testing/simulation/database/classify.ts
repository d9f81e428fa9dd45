/** What an error of the simulated database means. */

import { codeOf } from "../../../../core/errors.ts";
import type { Executed, Failure, FailureKind } from "../../../../core/failure.ts";
import { LostMessageError } from "../network.ts";
import { type ServerErrorCode, SimulatedServerError, SimulatedSocketError } from "./errors.ts";

/** With severity FATAL. */
const fatal: Readonly<Partial<Record<ServerErrorCode, FailureKind>>> = {
  "28P01": "auth",
  "28000": "auth",
  "3955": "locked",
  "4150": "locked",
  "42501": "refused",
  "3D000": "refused",
  "53300": "busy",
  "57P03": "starting",
  "57P01": "connection",
};

/** With severity ERROR. */
const failed: Readonly<Partial<Record<ServerErrorCode, FailureKind>>> = {
  "25006": "read-only",
  "40001": "replica-lag",
};

/** Classifies what {@linkcode SimulatedClients} and its connections fail with. */
export function classify(error: unknown): Failure {
  const code = codeOf(error);
  if (error instanceof SimulatedServerError) {
    const kind = (error.severity === "FATAL" ? fatal : failed)[error.code] ?? "other";
    return failure(kind, kind === "connection" ? "maybe" : "no", code);
  }
  if (error instanceof SimulatedSocketError) {
    const wasOpen = code === "CONNECTION_CLOSED" || code === "CONNECTION_DESTROYED";
    return failure("connection", wasOpen ? "maybe" : "no", code);
  }
  // A driver reports a reset in the same way whether it met a login or a statement.
  if (error instanceof LostMessageError) return failure("connection", "maybe", code);
  return failure("other", "no", code);
}

function failure(kind: FailureKind, executed: Executed, code: string): Failure {
  return { kind, executed, code };
}
