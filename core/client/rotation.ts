/** The pool of a rotating client, and what a client shows of it. */

import type { Endpoint, EndpointStats } from "../endpoint/endpoint.ts";
import { endpointOf } from "../endpoint/registry.ts";
import type { PoolStats } from "../pool/pool.ts";
import { type PoolDriver, RotatingPool } from "../pool/rotating_pool.ts";
import type { ResolvedClientOptions } from "./options.ts";

/** What a rotating client has more than the driver's own. */
export interface Rotation {
  /** Snapshots of the pool and of the endpoint behind it. */
  stats(): { readonly pool: PoolStats; readonly endpoint: EndpointStats };
}

/** What a rotating client is made of. */
export interface ClientParts<C> {
  readonly pool: RotatingPool<C>;
  readonly endpoint: Endpoint;
  readonly rotation: Rotation;
}

/** Joins a driver to the endpoint of the options. */
export function makeClient<C>(
  driver: PoolDriver<C>,
  options: ResolvedClientOptions,
): ClientParts<C> {
  const { credentials, host, port, clock, random, loginBudgetMs, connectTimeoutMs } = options;
  const endpoint = endpointOf(credentials, host, port, clock, random);
  const settings = { ...options, name: endpoint.name };
  const pool = new RotatingPool<C>({
    endpoint,
    driver,
    settings,
    loginBudgetMs,
    connectTimeoutMs,
  });
  const rotation = Object.freeze({
    stats: () => ({ pool: pool.stats(), endpoint: endpoint.stats() }),
  });
  return { pool, endpoint, rotation };
}
