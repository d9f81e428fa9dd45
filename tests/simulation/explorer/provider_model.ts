/** What `CachingProvider` makes of an answer, without its promises and timers. */

import type { VersionOrder } from "../../../core/provider/version_order.ts";
import { copyFields } from "./snapshot.ts";
import type { Version } from "./settings.ts";

/** Like `rollBackConfirmMs` of the provider. */
const rollBackConfirmMs = 1_000;

/** Mirrors `CachingProvider`, decision for decision. */
export class ProviderModel {
  order: VersionOrder;
  /** What the cache holds. */
  cached: Version | undefined;
  suspect: { readonly version: Version; readonly atMs: number } | undefined;

  constructor(order: VersionOrder) {
    this.order = order;
  }

  /** Another one in the same state. */
  fork(): ProviderModel {
    const { order, cached, suspect } = this;
    const Order = order.constructor as new () => VersionOrder;
    const copy = new ProviderModel(copyFields(order, new Order()));
    copy.cached = cached;
    copy.suspect = suspect;
    return copy;
  }

  /** Mirrors `#apply`. Returns whether listeners hear of it. */
  current(version: Version, nowMs: number): boolean {
    const before = this.cached;
    const isNew = this.order.observe("current", `v${version}`);
    const back = before !== undefined && !isNew &&
      this.order.isNewer(`v${before}`, `v${version}`);
    if (back && !this.#confirmRollBack(version, nowMs)) return false;
    this.suspect = undefined;
    this.cached = version;
    return before !== undefined && before !== version;
  }

  /** Mirrors `#onOther`. */
  other(stage: "pending" | "previous", version: Version | undefined): void {
    if (version !== undefined) this.order.observe(stage, `v${version}`);
  }

  #confirmRollBack(version: Version, nowMs: number): boolean {
    if (this.suspect?.version === version) return nowMs - this.suspect.atMs >= rollBackConfirmMs;
    this.suspect = { version, atMs: nowMs };
    return false;
  }
}
