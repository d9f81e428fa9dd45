/** Which of two versions is the newer one, learned from the stages under which they were seen. */

import type { VersionStage } from "../credential.ts";

/** How many versions are remembered: far more than a search can meet. */
const capacity = 64;

/**
 * Version ids are random, so their order is that of their appearance: what is first seen as current
 * or pending is newer than everything before. What is first seen as previous comes directly before
 * what is current: newer than everything that was left before it.
 *
 * Rotations that follow each other closely are seen out of order. The second one's pending version
 * may be seen before the first one's became current: so a pending version counts anew when it becomes
 * current. And a previous version may belong to a current one that was not read yet: so its place is
 * certain only when current was read after it.
 */
export class VersionOrder {
  readonly #rank = new Map<string, number>();
  /** Seen as pending only: whatever became current since is older or newer, nobody can tell. */
  readonly #onlyPending = new Set<string>();
  /** First seen as previous since current was read last. */
  readonly #unplaced = new Set<string>();
  #newest = 0;
  /** The rank of what was seen as current last. */
  #current = 0;

  /** Notes that `versionId` was seen under `stage`. Returns whether it was new. */
  observe(stage: VersionStage, versionId: string): boolean {
    const isNew = !this.#rank.has(versionId);
    if (isNew) {
      this.#add(versionId, stage === "previous" ? this.#beforeCurrent() : ++this.#newest);
      if (stage === "pending") this.#onlyPending.add(versionId);
      if (stage === "previous") this.#unplaced.add(versionId);
    } else if (stage !== "pending" && this.#onlyPending.delete(versionId) && stage === "current") {
      this.#rank.set(versionId, ++this.#newest);
    }
    if (stage === "current") this.#settle(this.#rank.get(versionId)!);
    return isNew;
  }

  /** Whether `a` is newer than `b`. A version never seen is older than all others. */
  isNewer(a: string, b: string): boolean {
    return (this.#rank.get(a) ?? -Infinity) > (this.#rank.get(b) ?? -Infinity);
  }

  /** Current was read: what was first seen as previous before that has its place now. */
  #settle(current: number): void {
    const moved = current > this.#current;
    this.#current = current;
    for (const versionId of this.#unplaced) {
      if (moved) this.#rank.set(versionId, this.#beforeCurrent());
    }
    this.#unplaced.clear();
  }

  #add(versionId: string, rank: number): void {
    this.#rank.set(versionId, rank);
    if (this.#rank.size <= capacity) return;
    const [first] = this.#rank.keys();
    this.#rank.delete(first!);
    this.#onlyPending.delete(first!);
    this.#unplaced.delete(first!);
  }

  #beforeCurrent(): number {
    let before = this.#current - 1;
    for (const rank of this.#rank.values()) {
      if (rank < this.#current && rank > before) before = rank;
    }
    return (before + this.#current) / 2;
  }
}
