/** PostgreSQL, as a database whose credentials can be rotated. */

import { systemClock } from "../../../core/clock.ts";
import type { LoginOutcome, RotationTarget } from "../../../core/rotation/ports.ts";
import { classify } from "../classify.ts";
import { defaultPort, openSession } from "../driver/open.ts";
import type { PostgresFactory } from "../driver/port.ts";
import { maxIdentifierBytes } from "../identifier.ts";
import { engines, targetSession } from "./session.ts";

/** Options of {@linkcode postgresTarget}. */
export interface PostgresTargetOptions {
  /**
   * How long one login may take, in milliseconds.
   * @default {10000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * Allows plaintext and unverified TLS beyond this machine.
   * @default {false}
   */
  readonly allowInsecureTransport?: boolean;
}

/**
 * PostgreSQL 12 or later for the rotator, over the user's postgres.js.
 *
 * Passwords reach the server only as SCRAM-SHA-256 verifiers that are computed here, so no
 * statement log can hold one.
 *
 * @param factory makes a postgres.js instance from the login it is given; which database it names
 * does not matter to the rotator
 *
 * @example
 * ```ts
 * import postgres from "postgres";
 * import { postgresTarget } from "@rekey/orm/postgres";
 *
 * const target = postgresTarget((login) =>
 *   postgres({ database: "postgres", ssl: "verify-full", ...login })
 * );
 * ```
 */
export function postgresTarget(
  factory: PostgresFactory,
  options: PostgresTargetOptions = {},
): RotationTarget {
  const { connectTimeoutMs = 10_000, allowInsecureTransport = false } = options;
  return Object.freeze(
    {
      engines,
      usernameLimit: { max: maxIdentifierBytes, unit: "bytes" },
      async login({ host, port, username, password }): Promise<LoginOutcome> {
        try {
          const opened = await openSession(
            factory,
            { host, port: port ?? defaultPort, username, password },
            { clock: systemClock, timeoutMs: connectTimeoutMs, allowInsecureTransport },
          );
          return { accepted: true, session: targetSession(opened) };
        } catch (error) {
          const { kind, code } = classify(error);
          if (kind === "auth") return { accepted: false, code };
          throw error;
        }
      },
    } satisfies RotationTarget,
  );
}
