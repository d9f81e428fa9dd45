/** Which credentials an endpoint has rejected, and when each may be tried again. */

/** After this long a credential that was rejected may be tried again. */
export const retryRejectedMs = 1_000;

/** The two ends of time: a rejected version may be tried again at any moment, or never. */
const lapsed = -Infinity, held = Infinity;

/**
 * The rejected versions of one endpoint. Each is marked; its mark holds for as long as the endpoint
 * accepts what it accepted when the mark was made: when that is rejected, the database has moved on
 * and all other marks are forgotten. (Otherwise, with a lagging replica: the new version is pushed,
 * rejected and marked; the replica catches up; the old version is rejected; and the one right
 * candidate is skipped.) While nothing is accepted, a mark lasts for `retryRejectedMs`.
 *
 * A mark that has lapsed is still a mark: its version comes after those that have none.
 */
export class Rejections {
  /** The version rejected last comes last; and from when on each may be tried again. */
  readonly #marks = new Map<string, number>();
  /** Rejected since the round began: others come first, whatever became of their marks. */
  readonly #lately = new Set<string>();

  /** A round of the search begins. */
  beginRound(): void {
    this.#lately.clear();
  }

  /** Whether the version is marked. */
  has(versionId: string): boolean {
    return this.#marks.has(versionId);
  }

  /** Whether the version is marked, and may be tried again at any moment. */
  hasLapsed(versionId: string): boolean {
    return this.#marks.get(versionId) === lapsed;
  }

  /** Whether the version was rejected since the round began. */
  isRecent(versionId: string): boolean {
    return this.#lately.has(versionId);
  }

  /** Marks a version. */
  add(versionId: string, nowMs: number): void {
    this.#lately.add(versionId);
    this.#marks.delete(versionId);
    this.#marks.set(versionId, nowMs + retryRejectedMs);
  }

  /** Lets a version be tried once more, as if it had never been rejected. */
  forget(versionId: string): void {
    this.#marks.delete(versionId);
  }

  /** Lets a version be tried again at any moment, if it is marked. */
  lapse(versionId: string): void {
    if (this.#marks.has(versionId)) this.#marks.set(versionId, lapsed);
  }

  /** The database has moved on. What was rejected a moment ago gets its turn after all others. */
  onMovedOn(): void {
    for (const versionId of this.#marks.keys()) {
      if (this.#lately.has(versionId)) this.#marks.set(versionId, lapsed);
      else this.#marks.delete(versionId);
    }
  }

  /**
   * A version was accepted: what else was rejected stays so for as long as this one is; also what was
   * rejected a moment before, since the database has not moved on in between.
   */
  hold(): void {
    for (const [versionId, retryAtMs] of this.#marks) {
      if (retryAtMs === lapsed && !this.#lately.has(versionId)) this.#marks.delete(versionId);
      else this.#marks.set(versionId, held);
    }
  }

  /**
   * The versions that may be tried again, in their order: the one for the longest time comes first,
   * which is the one whose rejection is the oldest unless a mark has lapsed. So none starves another.
   */
  retryable(nowMs: number): readonly string[] {
    return [...this.#marks]
      .filter(([, retryAtMs]) => retryAtMs <= nowMs)
      .sort(([, a], [, b]) => a < b ? -1 : a > b ? 1 : 0)
      .map(([versionId]) => versionId);
  }
}
