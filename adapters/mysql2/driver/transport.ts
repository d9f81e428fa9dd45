/** Is the connection protected? TLS that verifies certificate and name, or a path that leaves no machine. */

import { isIP } from "node:net";
import { isLoopback } from "../../../core/client/server.ts";
import { RekeyError } from "../../../core/errors.ts";
import type { DriverConfig } from "./port.ts";

type Transport = Pick<DriverConfig, "host" | "socketPath" | "ssl">;

/**
 * Refuses options under which a password or a row could be read or changed on the way, and has the
 * server's name checked where the options leave that open: mysql2 does not unless `verifyIdentity`
 * says so, and then a certificate of any other host of the same authority will do.
 *
 * @throws {RekeyError} `TLS_REQUIRED`
 */
export function protect(config: Transport, allowInsecureTransport: boolean): void {
  const { host, socketPath, ssl } = config;
  if (allowInsecureTransport) return;
  if (isObject(ssl) && ssl.verifyIdentity === undefined) config.ssl = withIdentity(ssl);
  if (socketPath !== undefined || isLoopback(host)) return;
  const fault = !isObject(ssl)
    ? "the option ssl is off"
    : ssl.rejectUnauthorized === false
    ? "ssl has rejectUnauthorized: false, which accepts any certificate"
    // As the driver reads it.
    : ssl.verifyIdentity !== undefined && !ssl.verifyIdentity
    ? "ssl turns verifyIdentity off, which accepts the certificate of any host"
    // The driver gives TLS no name then, and nothing is checked, or the wrong thing.
    : isIP(host) !== 0
    ? "the certificate is not checked for an address; connect by the server's name"
    : undefined;
  if (fault === undefined) return;
  throw new RekeyError(
    "TLS_REQUIRED",
    `The connection to ${host} would not be protected: ${fault}. Use ssl: {} or ssl: { ca } and a ` +
      `host name, or accept the risk with allowInsecureTransport: true.`,
  );
}

/** One for each: the driver caches what it makes of the certificates by the object. */
const stricter = new WeakMap<object, object>();

/**
 * The user's object, and the driver's own profiles, serve others too: they stay as they are. What is
 * replaced in them, as an authority's certificate, counts from the next connection on.
 */
function withIdentity(ssl: object): object {
  let strict = stricter.get(ssl);
  if (strict === undefined) {
    strict = Object.create(ssl, { verifyIdentity: { value: true } }) as object;
    stricter.set(ssl, strict);
  }
  return strict;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
