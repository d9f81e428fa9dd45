/**
 * lru-cache's `fetch`: one flight for each key. By default it reads the clock once in a millisecond,
 * by a timer that a busy event loop holds up.
 */

import type { Answer } from "../store.ts";
import type { Subject } from "../subject.ts";
import { load } from "./peers.ts";

interface Cache {
  fetch(name: string): Promise<unknown>;
}
interface Options {
  readonly max: number;
  readonly ttl: number;
  readonly ttlResolution?: number;
  readonly allowStale?: boolean;
  readonly allowStaleOnFetchRejection?: boolean;
  readonly noDeleteOnFetchRejection?: boolean;
  fetchMethod(name: string): Promise<unknown>;
}

const LRUCache: new (options: Options) => Cache = load("lru-cache").LRUCache;

function lru(name: string, options: Partial<Options>): Subject {
  return {
    name,
    open(store, secrets, ttl) {
      const fetchMethod = async (SecretId: string) => {
        const answer: Answer = await store.v3.getSecretValue({ SecretId });
        return JSON.parse(answer.SecretString);
      };
      const cache = new LRUCache({ max: 100, ttl, fetchMethod, ...options });
      return { getters: secrets.map((name) => () => cache.fetch(name)), close() {} };
    },
  };
}

/** As it comes. */
export const lruCache: Subject = lru("lru-cache", {});
/** With every option by which it resembles Rekey: stale while it fetches, and when that fails. */
export const lruCacheStale: Subject = lru("lru-cache stale", {
  ttlResolution: 0,
  allowStale: true,
  allowStaleOnFetchRejection: true,
  noDeleteOnFetchRejection: true,
});
