/** Randomness that is the same every time. */

import type { Random } from "../../core/random.ts";

/** Mulberry32 (Tommy Ettinger, public domain): small, and good enough to pick schedules with. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `limit`, excluded. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** One of `items`. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

/** Always the same draw. */
export function constantRandom(value: number): Random {
  return { next: () => value };
}
