/**
 * How many bytes a hit allocates: the growth of the heap over many hits, between which nothing is
 * collected. To be run with --v8-flags=--expose-gc and a young generation that they fit into.
 */

import { Store } from "./store.ts";
import { fill, type Getter } from "./subject.ts";
import { subjects } from "./subjects.ts";

/** Bytes a hit. */
export interface Allocations {
  /** One hit after the other, each awaited: what `await` itself allocates included. */
  readonly awaited: number;
  /** Many at once: the calls alone. */
  readonly atOnce: number;
}

const hits = 20_000;
const rounds = 7;
const { gc } = globalThis as unknown as { gc(): void };

const ways: Record<keyof Allocations, (get: Getter) => Promise<number>> = {
  async awaited(get) {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < hits; i++) await get();
    return Deno.memoryUsage().heapUsed - before;
  },
  async atOnce(get) {
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < hits; i++) void get();
    const grown = Deno.memoryUsage().heapUsed - before;
    await new Promise((resolve) => setTimeout(resolve));
    return grown;
  },
};

const bytes: Record<string, Allocations> = {};
for (const subject of subjects) {
  const cache = subject.open(new Store("fast"), ["bench/secret"], 3_600_000);
  await fill(cache);
  const median = async (way: keyof Allocations) => {
    const grown: number[] = [];
    for (let round = 0; round < rounds; round++) {
      gc();
      grown.push(await ways[way](cache.getters[0]!));
    }
    return Math.round(grown.toSorted((a, b) => a - b)[rounds >> 1]! / hits);
  };
  bytes[subject.name] = { awaited: await median("awaited"), atOnce: await median("atOnce") };
  cache.close();
}
console.log(JSON.stringify(bytes));
