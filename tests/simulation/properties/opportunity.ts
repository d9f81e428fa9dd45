/** Since when each version could have been logged in with. */

/** Remembers for each version since when it has been available without a break. */
export class Opportunity {
  readonly #sinceMs = new Map<string, number>();

  /** Looks at the world, after every change of it. */
  update(nowMs: number, available: ReadonlySet<string>): void {
    for (const versionId of this.#sinceMs.keys()) {
      if (!available.has(versionId)) this.#sinceMs.delete(versionId);
    }
    for (const versionId of available) {
      if (!this.#sinceMs.has(versionId)) this.#sinceMs.set(versionId, nowMs);
    }
  }

  /** For how long the version with the longest opportunity has had it, and which that is. */
  longest(nowMs: number): { readonly forMs: number; readonly versionId: string | undefined } {
    let best: { forMs: number; versionId: string | undefined } = {
      forMs: -Infinity,
      versionId: undefined,
    };
    for (const [versionId, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs > best.forMs) best = { forMs: nowMs - sinceMs, versionId };
    }
    return best;
  }
}
