/** Bugs of the provider: when the store is read, and which answer is believed. */

import type { Bug } from "./bug.ts";

const caching = "core/provider/caching_provider.ts";
const reader = "core/provider/stage_reader.ts";
const order = "core/provider/version_order.ts";

/** All of them. */
export const providerBugs: readonly Bug[] = [
  {
    name: "reads have no single flight",
    file: reader,
    find: `if (this.#flight === undefined) return this.#begin(reason);`,
    replace: `if (this.#flight === undefined || reason !== "") return this.#begin(reason);`,
    expected: [2],
  },
  {
    name: "every read is pushed, not only a change",
    file: caching,
    find: `    if (before?.versionId === credential.versionId) return;\n`,
    replace: ``,
    expected: [3, 16],
  },
  {
    name: "a roll-back is believed at once",
    file: caching,
    find: `if (back && !this.#confirmRollBack(credential.versionId, nowMs)) {`,
    replace: `if (back && nowMs < 0) {`,
    expected: [4],
  },
  {
    name: "the timer of the next refresh is never set",
    file: caching,
    find:
      `if (this.#closed || this.#listeners.size === 0 || this.#credential === undefined) return;`,
    replace: `if (this.#closed || this.#credential !== undefined) return;`,
    expected: [12],
  },
  {
    name: "an answer is accepted after close",
    file: caching,
    find: `  #onCurrent({ sequence, reason, credential, error }: StageRead): void {
    if (this.#closed) return;`,
    replace: `  #onCurrent({ sequence, reason, credential, error }: StageRead): void {`,
    expected: [7],
  },
  {
    name: "a read that hangs is never given up",
    file: reader,
    find: `clock.setTimer(timeoutMs, () => abort.abort());`,
    replace: `clock.setTimer(timeoutMs * 1_000, () => abort.abort());`,
    expected: [1, 12, 13],
  },
  {
    name: "what is first seen as previous counts as the newest",
    file: order,
    find: `stage === "previous" ? this.#beforeCurrent() : ++this.#newest`,
    replace: `++this.#newest`,
    expected: [5, 12],
  },
  {
    name: "an answer to a question from before a freeze is believed",
    file: caching,
    find: `if (before === undefined || sequence > this.#outdatedReads) {`,
    replace: `if (sequence > 0) {`,
    expected: [4],
  },
  {
    name: "ages are taken from the wall clock",
    file: caching,
    find: `    this.#options = options;`,
    replace: `    const { clock: real } = options;
    const wall = {
      monotonicMs: () => real.wallMs(),
      wallMs: () => real.wallMs(),
      setTimer: real.setTimer.bind(real),
    };
    this.#options = { ...options, clock: wall };`,
    expected: [12],
  },
];
