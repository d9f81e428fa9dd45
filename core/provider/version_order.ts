/** Which of two versions is the newer one, learned from the stages under which they were seen. */

import type { VersionStage } from "../credential.ts";

/** How many versions are remembered: far more than a search can meet. */
const capacity = 64;

/**
 * Version ids are random, so their order is that of their appearance: what is first seen as current
 * or pending is newer than everything before, what is first seen as previous is older.
 */
export class VersionOrder {
  readonly #rank = new Map<string, number>();
  #newest = 0;
  #oldest = 0;

  /** Notes that `versionId` was seen under `stage`. Returns whether it was new. */
  observe(stage: VersionStage, versionId: string): boolean {
    if (this.#rank.has(versionId)) return false;
    this.#rank.set(versionId, stage === "previous" ? --this.#oldest : ++this.#newest);
    if (this.#rank.size > capacity) {
      const [first] = this.#rank.keys();
      this.#rank.delete(first!);
    }
    return true;
  }

  /** Whether `a` is newer than `b`. A version never seen is older than all others. */
  isNewer(a: string, b: string): boolean {
    return (this.#rank.get(a) ?? -Infinity) > (this.#rank.get(b) ?? -Infinity);
  }
}
