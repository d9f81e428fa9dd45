/** MySQL and MariaDB, as databases whose credentials can be rotated. */

import { systemClock } from "../../../core/clock.ts";
import { RekeyError } from "../../../core/errors.ts";
import type { LoginOutcome, RotationTarget, TargetLogin } from "../../../core/rotation/ports.ts";
import { classifyLogin } from "../classify.ts";
import { closeConnection, defaultPort, openConnection } from "../driver/open.ts";
import type { MysqlFactory } from "../driver/port.ts";
import { maxUsernameCharacters } from "../identifier.ts";
import { engines, targetSession } from "./session.ts";
import { serverOf } from "./server.ts";

/** Options of {@linkcode mysqlTarget}. */
export interface MysqlTargetOptions {
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
  /**
   * How many characters a username may have. MariaDB holds 128.
   * @default {32, as MySQL}
   */
  readonly maxUsernameCharacters?: number;
}

/**
 * MySQL 8 and 9, and MariaDB 10.4 or later, for the rotator, over the user's mysql2.
 *
 * MariaDB, and MySQL for twins, get hashes that are computed here, so no log can hold a password. A
 * MySQL user who changes its own password has to name it; MySQL masks it in its logs.
 *
 * Of a user that has several accounts (`app@'10.%'` and `app@'%'`), single-user and dual-password
 * rotation change the one that the rotator's host logs in to: let the app log in to the same one.
 * Alternating users change all of them.
 *
 * A set step looks whether the pending password works already: first of all with alternating users,
 * where each rotation costs the idle user one refused login, and each further try of one that fails
 * one more; else only when the current password was refused, or could not be changed. One refused
 * login locks an account with `FAILED_LOGIN_ATTEMPTS 1` (on MariaDB `max_password_errors=1`): allow 2
 * or more. Where somebody has set the previous password again by hand, it is found after two in a row:
 * allow 3.
 *
 * @param factory makes a pool of `mysql2/promise` from the login it is given; the database that it
 * names is left out, since not every user of a rotation may use it
 *
 * @example
 * ```ts
 * import mysql from "mysql2/promise";
 * import { mysqlTarget } from "@rekey/orm/mysql2";
 *
 * const target = mysqlTarget((login) => mysql.createPool({ ssl: {}, ...login }));
 * ```
 */
export function mysqlTarget(
  factory: MysqlFactory,
  options: MysqlTargetOptions = {},
): RotationTarget {
  const { connectTimeoutMs: timeoutMs = 10_000, allowInsecureTransport = false } = options;
  const max = options.maxUsernameCharacters ?? maxUsernameCharacters;
  return Object.freeze(
    {
      engines,
      usernameLimit: { max, unit: "characters" },
      countsRefusals: true,
      async login(login): Promise<LoginOutcome> {
        const { port = defaultPort, password } = login;
        try {
          const opened = await openConnection(factory, { ...login, port }, {
            clock: systemClock,
            timeoutMs,
            allowInsecureTransport,
            withoutDatabase: true,
          });
          try {
            return {
              accepted: true,
              session: targetSession(opened, await serverOf(opened, password)),
            };
          } catch (error) {
            await closeConnection(opened, systemClock, 0);
            throw error;
          }
        } catch (error) {
          const { kind, code } = classifyLogin(error);
          if (lockCodes.has(code)) throw locked(login, code, error);
          if (kind === "auth") return { accepted: false, code };
          throw error;
        }
      },
    } satisfies RotationTarget,
  );
}

const lockCodes: ReadonlySet<string> = new Set([
  // Too many refused logins: each further one, also with the right password, may prolong it.
  "ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK",
  "ER_USER_IS_BLOCKED",
  // Locked by ACCOUNT LOCK, and said only to whom knows the password.
  "ER_ACCOUNT_HAS_BEEN_LOCKED",
]);

/** Thrown and not an outcome, so that no step goes on to the next credential. */
function locked({ username, host }: TargetLogin, code: string, cause: unknown): RekeyError {
  return new RekeyError(
    "LOGIN_REFUSED",
    `The server ${host} has locked the user "${username}" (${code}): the rotator tries no further ` +
      `login in this step. Unlock it, or let the lock time pass, and repeat the step.`,
    { cause },
  );
}
