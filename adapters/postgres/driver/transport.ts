/** Is the connection protected? Verified TLS, or a path that leaves no machine; else refused. */

import { isIP } from "node:net";
import { isLoopback } from "../../../core/client/server.ts";
import { namesServer, verifies } from "../../../core/client/tls.ts";
import { RekeyError } from "../../../core/errors.ts";
import type { DriverOptions } from "./port.ts";

/**
 * Refuses options under which a password proof or a row could be read or changed on the way.
 *
 * postgres.js accepts any certificate for `require`, `allow` and `prefer`: that stops nobody in the
 * middle, so it counts as no protection.
 *
 * @throws {RekeyError} `TLS_REQUIRED`
 */
export function assertProtected(options: DriverOptions, allowInsecureTransport: boolean): void {
  if (allowInsecureTransport || staysHere(options)) return;
  if (verifies(options.ssl)) return assertNamed(options);
  throw new RekeyError(
    "TLS_REQUIRED",
    `The connection to ${options.host.join(",")} would not be protected: the option ssl ` +
      `${describe(options.ssl)}. Use ssl: "verify-full" or ssl: { ca }, or accept the risk with ` +
      `allowInsecureTransport: true.`,
  );
}

/**
 * For an address the driver gives TLS no name, and Node and Deno then check the certificate for
 * "localhost": one that any machine's own authority hands out.
 */
function assertNamed({ host, ssl }: DriverOptions): void {
  if (!host.some((name) => isIP(name) !== 0) || namesServer(ssl)) return;
  throw new RekeyError(
    "TLS_REQUIRED",
    `The certificate of ${host.join(",")} would not be checked for that address. Connect by the ` +
      `server's name, or say what to check for: ssl: { ca, host: login.host } for a certificate ` +
      `of the address, ssl: { ca, servername } for one of a name.`,
  );
}

function staysHere({ host, path }: DriverOptions): boolean {
  return typeof path === "string" || host.every(isLoopback);
}

function describe(ssl: unknown): string {
  if (ssl === undefined || ssl === null || ssl === false) return "is off";
  if (typeof ssl === "string") return `is "${ssl}", which accepts any certificate`;
  return "has rejectUnauthorized: false, which accepts any certificate";
}
