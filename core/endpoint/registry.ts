/** One endpoint a provider and server, however many pools there are. */

import type { Clock } from "../clock.ts";
import type { CredentialProvider } from "../provider/provider.ts";
import type { Random } from "../random.ts";
import { Endpoint } from "./endpoint.ts";

const endpoints = new WeakMap<CredentialProvider, Map<string, Endpoint>>();

/**
 * The endpoint of `host` and `port` for the credentials of `provider`; without a host, the server
 * that the secret names, whichever that is. Two pools of one process share it: servers count failed
 * logins by account, not by pool.
 */
export function endpointOf(
  provider: CredentialProvider,
  host: string | undefined,
  port: number | undefined,
  clock: Clock,
  random: Random,
): Endpoint {
  let known = endpoints.get(provider);
  if (known === undefined) endpoints.set(provider, known = new Map());
  const name = host === undefined ? `the host of ${provider.name}` : `${host}:${port}`;
  let endpoint = known.get(name);
  if (endpoint === undefined) {
    known.set(name, endpoint = new Endpoint({ name, provider, clock, random }));
  }
  return endpoint;
}
