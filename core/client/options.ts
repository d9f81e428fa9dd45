/** Options that every rotating client has, checked at the door. */

import { type Clock, systemClock } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import { guarded, type Observer } from "../events.ts";
import { type PoolOptions, resolvePoolOptions } from "../pool/options.ts";
import { milliseconds } from "../provider/options.ts";
import type { CredentialProvider } from "../provider/provider.ts";
import { type Random, systemRandom } from "../random.ts";

/** Options of a rotating client, whatever its driver. */
export interface ClientOptions extends PoolOptions {
  /** Where the credential comes from. */
  readonly credentials: CredentialProvider;
  /**
   * The server's host. It wins over the secret's.
   * @default {the host that the secret names}
   */
  readonly host?: string;
  /**
   * The server's port. It wins over the secret's.
   * @default {the port that the secret names, else the database's usual one}
   */
  readonly port?: number;
  /**
   * For how long a statement waits while no connection can be had, in milliseconds: candidates are
   * searched and unreachable servers tried again for so long. One that comes while others wait may
   * wait for the next search, too: twice as long at most. It waits longer only while a connection
   * that is at work will serve it.
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
export type ResolvedClientOptions =
  & Required<Omit<ClientOptions, "host" | "port">>
  & Pick<ClientOptions, "host" | "port">
  & {
    /** The database's usual port. */
    readonly defaultPort: number;
  };

/** Fills in the defaults. Throws `INVALID_OPTION`. */
export function resolveClientOptions(
  options: ClientOptions,
  defaultPort: number,
): ResolvedClientOptions {
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
    defaultPort,
    ...host !== undefined && { host, port: port ?? defaultPort },
  };
}
