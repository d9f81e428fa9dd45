/** The states that a secret had, and which of them a read sees. */

import type { SeededRandom } from "../../seeded_random.ts";
import type { SecretState } from "./state.ts";

/** How far reads may lag behind the writes. */
export interface Consistency {
  /** For how long after a write a read may see the state before it, in milliseconds. */
  staleForMs: number;
  /** How many of the reads in that time do, from 0 (none) to 1 (all). */
  staleRate: number;
}

interface Snapshot {
  /** When it was committed. */
  readonly atMs: number;
  readonly state: SecretState;
}

/** States kept for one secret: more than any read can lag behind. */
const limit = 64;

/** The newest state of a secret, and those before it. */
export class SecretHistory {
  /** Oldest first. */
  readonly #snapshots: Snapshot[];

  /** Begins with a secret's first state. */
  constructor(atMs: number, state: SecretState) {
    this.#snapshots = [{ atMs, state }];
  }

  /** The state that writes work on. */
  get newest(): SecretState {
    return this.#snapshots.at(-1)!.state;
  }

  /** Adds a state. */
  commit(atMs: number, state: SecretState): void {
    this.#snapshots.push({ atMs, state });
    if (this.#snapshots.length > limit) this.#snapshots.shift();
  }

  /**
   * The state that a read sees, and how many changes it does not see. One in the past is drawn from
   * those that were replaced less than `staleForMs` ago, each as likely as the others: the rare
   * ones are what a test is after.
   */
  see(nowMs: number, { staleForMs, staleRate }: Consistency, random: SeededRandom) {
    const newest = this.#snapshots.length - 1;
    let oldest = newest;
    // A state was replaced when the next one was committed.
    while (oldest > 0 && nowMs - this.#snapshots[oldest]!.atMs < staleForMs) oldest--;
    const stale = oldest < newest && random.next() < staleRate;
    const index = stale ? oldest + random.below(newest - oldest) : newest;
    return { state: this.#snapshots[index]!.state, missed: newest - index };
  }
}
