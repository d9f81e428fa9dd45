/** Options of the rotating client, checked at the door. */

import { type Clock, systemClock } from "../../core/clock.ts";
import { RekeyError } from "../../core/errors.ts";
import { guarded, type Observer } from "../../core/events.ts";
import { type PoolOptions, resolvePoolOptions } from "../../core/pool/options.ts";
import { milliseconds } from "../../core/provider/options.ts";
import type { CredentialProvider } from "../../core/provider/provider.ts";
import { type Random, systemRandom } from "../../core/random.ts";
import { defaultPort } from "./driver/open.ts";

/** Options of `rotatingPostgres`. */
export interface RotatingPostgresOptions extends PoolOptions {
  /** Where the credential comes from. */
  readonly credentials: CredentialProvider;
  /**
   * The server's host. It wins over the secret's.
   * @default {the host that the secret names}
   */
  readonly host?: string;
  /**
   * The server's port. It wins over the secret's.
   * @default {the port that the secret names, else 5432}
   */
  readonly port?: number;
  /**
   * For how long a statement waits while no connection can be had, in milliseconds: candidates are
   * searched and unreachable servers tried again for so long.
   * @default {15000}
   */
  readonly loginBudgetMs?: number;
  /**
   * For how long one connect may take, in milliseconds.
   * @default {5000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * Allows plaintext and unverified TLS beyond this machine.
   * @default {false}
   */
  readonly allowInsecureTransport?: boolean;
  /** Hears of events. */
  readonly onEvent?: Observer;
  /**
   * Where time comes from.
   * @default {the machine's clock}
   */
  readonly clock?: Clock;
  /**
   * Where jitter comes from.
   * @default {the machine's randomness}
   */
  readonly random?: Random;
}

/** The options with their defaults. */
export type ResolvedOptions =
  & Required<Omit<RotatingPostgresOptions, "host" | "port">>
  & Pick<RotatingPostgresOptions, "host" | "port">;

/** Fills in the defaults. Throws `INVALID_OPTION`. */
export function resolveOptions(options: RotatingPostgresOptions): ResolvedOptions {
  const { credentials, host, port } = options;
  if (typeof credentials?.get !== "function" || typeof credentials.subscribe !== "function") {
    throw new RekeyError(
      "INVALID_OPTION",
      "credentials is missing: pass credentialProvider(source).",
    );
  }
  if (host !== undefined && (host === "" || /[,\s]/.test(host))) {
    throw new RekeyError(
      "INVALID_OPTION",
      `host is ${JSON.stringify(host)}: it must be one host. Give each host a client of its own.`,
    );
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new RekeyError(
      "INVALID_OPTION",
      `port is ${port}: it must be a whole number from 1 to 65535.`,
    );
  }
  if (port !== undefined && host === undefined) {
    throw new RekeyError("INVALID_OPTION", "port is given without host: give both, or neither.");
  }
  return {
    ...resolvePoolOptions(options),
    credentials,
    loginBudgetMs: milliseconds("loginBudgetMs", options.loginBudgetMs ?? 15_000, 1),
    connectTimeoutMs: milliseconds("connectTimeoutMs", options.connectTimeoutMs ?? 5_000, 1),
    allowInsecureTransport: options.allowInsecureTransport ?? false,
    onEvent: guarded(options.onEvent),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    ...host !== undefined && { host, port: port ?? defaultPort },
  };
}
