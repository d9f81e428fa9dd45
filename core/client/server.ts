/** Which server a client connects to. */

import type { Clock } from "../clock.ts";
import type { Credential } from "../credential.ts";
import { RekeyError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { ResolvedClientOptions } from "./options.ts";

/** Where to connect. */
export interface Server {
  readonly host: string;
  readonly port: number;
}

/** Where and as whom to connect. */
export interface ServerLogin extends Server {
  readonly username: string;
  readonly password: Secret;
}

/** How to connect. */
export interface ConnectOptions {
  readonly clock: Clock;
  /** When to give up, in milliseconds from now. */
  readonly timeoutMs: number;
  readonly allowInsecureTransport: boolean;
}

/**
 * The server of the options, else the one that the secret names.
 *
 * @throws {RekeyError} `INVALID_SECRET` when neither names one
 */
export function serverOf(
  { host, port, defaultPort }: Pick<ResolvedClientOptions, "host" | "port" | "defaultPort">,
  credential: Credential,
): Server {
  if (host !== undefined) return { host, port: port ?? defaultPort };
  if (credential.host !== undefined) {
    return { host: credential.host, port: credential.port ?? defaultPort };
  }
  throw new RekeyError(
    "INVALID_SECRET",
    "The secret names no host, and no option does. Give the client the option host.",
    { field: "host" },
  );
}

/** Whether a connection to `host` stays on this machine. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
