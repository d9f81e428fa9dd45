/** A cache under measurement. */

import type { Store } from "./store.ts";

/** Gives one secret as its cache does: at once, or as a promise. */
export type Getter = () => unknown;

/** A cache that is in use. */
export interface OpenCache {
  /** A getter for each secret. */
  readonly getters: readonly Getter[];
  /** Fills the cache, when the getters do not do it themselves. */
  fill?(): Promise<void>;
  close(): void;
}

/** A way of caching secrets, used as its documentation says. */
export interface Subject {
  readonly name: string;
  /** Only hits are measured: it never asks a store. */
  readonly hitsOnly?: true;
  /** @param ttlMs how long a secret counts as fresh; whole seconds, which is all that some know */
  open(store: Store, secrets: readonly string[], ttlMs: number): OpenCache;
}

/** Fills a cache with every secret. */
export async function fill({ fill, getters }: OpenCache): Promise<void> {
  if (fill) await fill();
  else await Promise.all(getters.map((get) => get()));
}
