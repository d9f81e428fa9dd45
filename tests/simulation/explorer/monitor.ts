/** Watches one schedule for what must never happen. Knows nothing of the ladder's own books. */

import type { Acceptance } from "../../../core/endpoint/ladder.ts";
import type { Version } from "./settings.ts";

/** What may be found wrong with a schedule. */
export const faults = Object.freeze({
  hasty: "a search met three rejections in a row, with nothing new and no wait",
  hastyProbe: "a probe was the third rejection in a row, with nothing new and no wait",
  silent: "the preferred version went back and nobody was told",
  falseAlarm: "a roll-back was reported, and there was none",
  gullible: "the preferred version went back at the first older login",
  endless: "a search does not end though a candidate is valid",
  stuck: "the current version is valid and never preferred",
});

/** So many rejections in a row need new information, or a wait of so long. */
const most = 2, waitMs = 1_000;
/** So many logins in a row that only an older version could make prove a roll-back. */
const proof = 2;

/** Copied with every fork: plain values only. */
export class Monitor {
  /** Failed logins of the whole schedule. */
  failed = 0;
  /** Failed logins since everybody had settled. */
  failedLately = 0;
  /** What was found wrong at the last event. */
  violation: string | undefined;
  #seen: ReadonlySet<Version> = new Set();
  #inARow = 0;
  #rejectedAtMs = -Infinity;
  #olderInARow = 0;
  #pushed: Version | undefined;
  /** What was accepted last, until it is rejected. */
  #accepted: Version | undefined;

  fork(): Monitor {
    const copy = new Monitor();
    copy.failed = this.failed;
    copy.failedLately = this.failedLately;
    copy.#seen = this.#seen;
    copy.#inARow = this.#inARow;
    copy.#rejectedAtMs = this.#rejectedAtMs;
    copy.#olderInARow = this.#olderInARow;
    copy.#pushed = this.#pushed;
    copy.#accepted = this.#accepted;
    return copy;
  }

  /** Two schedules with the same text are held to the same from now on. */
  describe(nowMs: number): string {
    const agoMs = Math.min(nowMs - this.#rejectedAtMs, 60 * waitMs);
    const seen = [...this.#seen].sort().join("");
    return `${this.failed},${this.failedLately},${seen},${this.#inARow},${agoMs},` +
      `${this.#olderInARow},${this.#pushed},${this.#accepted}`;
  }

  /** The process learned of a version. */
  saw(version: Version): void {
    if (this.#seen.has(version)) return;
    this.#seen = new Set([...this.#seen, version]);
    this.#inARow = 0;
  }

  /** The provider told of another current version: new information, whichever it is. */
  pushed(version: Version): void {
    this.saw(version);
    this.#inARow = 0;
    this.#pushed = version;
  }

  /** A login that was decided on at `decidedMs` was rejected. */
  rejected(version: Version, decidedMs: number, nowMs: number, probe: boolean): void {
    const tooSoon = decidedMs - this.#rejectedAtMs < waitMs;
    this.saw(version);
    this.failed++;
    this.failedLately++;
    if (this.#inARow >= most && tooSoon) {
      this.violation = probe ? faults.hastyProbe : faults.hasty;
    }
    // Accepted until now: the database has moved on, which is new information.
    this.#inARow = version === this.#accepted ? 1 : this.#inARow + 1;
    if (version === this.#accepted) this.#accepted = undefined;
    this.#rejectedAtMs = nowMs;
  }

  /** A login was accepted. */
  accepted(
    version: Version,
    before: Version | undefined,
    after: Version,
    { rolledBack }: Acceptance,
    wasRolledBack: boolean,
  ): void {
    this.saw(version);
    this.#inARow = 0;
    this.#accepted = version;
    const older = before !== undefined && version < before;
    this.#olderInARow = older ? this.#olderInARow + 1 : version === before ? this.#olderInARow : 0;
    const back = before !== undefined && after < before;
    if (back && !rolledBack) {
      this.violation = faults.silent;
    } else if (rolledBack && !wasRolledBack) {
      this.violation = faults.falseAlarm;
    } else if (back && this.#pushed !== version && this.#olderInARow < proof) {
      this.violation = faults.gullible;
    }
    if (back) this.#olderInARow = 0;
  }
}
