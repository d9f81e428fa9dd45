/** Randomness that is the same every time. */

import type { Random } from "../../core/random.ts";

/** Mulberry32 (Tommy Ettinger, public domain): small, and good enough to pick schedules with. */
export class SeededRandom implements Random {
  readonly #seed: number;
  #state: number;

  /**
   * The same seed gives the same numbers.
   * @param seed a whole number; its lowest 32 bits count
   */
  constructor(seed: number) {
    this.#seed = seed;
    this.#state = seed >>> 0;
  }

  /** A number from 0 (included) to 1 (excluded). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Another one, which depends on this one's seed and its own number, and draws nothing from it. */
  fork(number: number): SeededRandom {
    return new SeededRandom(
      Math.imul(this.#seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(number, 0xc2b2ae35),
    );
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
