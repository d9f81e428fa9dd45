/** Bugs of the ladder and of the endpoint: which credential is tried, and when. */

import type { Bug } from "./bug.ts";

const ladder = "core/endpoint/ladder.ts";
const endpoint = "core/endpoint/endpoint.ts";
const rejections = "core/endpoint/rejections.ts";
const pursuit = "core/endpoint/pursuit.ts";

/** All of them. */
export const ladderBugs: readonly Bug[] = [
  {
    name: "pending is tried before current",
    file: ladder,
    find: `    const first = login(current, "current");
    if (first !== undefined) return first;
    if (!this.#read.has("pending")) return { type: "read", stage: "pending", fresh: true };
    const pending = this.#read.get("pending");`,
    replace:
      `    if (!this.#read.has("pending")) return { type: "read", stage: "pending", fresh: true };
    const pending = this.#read.get("pending");
    const first = login(pending, "pending") ?? login(current, "current");
    if (first !== undefined) return first;`,
    expected: [3],
  },
  {
    name: "previous is tried before current",
    file: ladder,
    find: `    const first = login(current, "current");`,
    replace:
      `    if (!this.#read.has("previous")) return { type: "read", stage: "previous", fresh: true };
    const first = login(this.#read.get("previous"), "previous") ?? login(current, "current");`,
    expected: [3],
  },
  {
    name: "what was accepted last is no candidate",
    file: ladder,
    find: `    if (known !== undefined) return known;\n`,
    replace: ``,
    expected: [1, 3, 13],
  },
  {
    name: "previous is no candidate",
    file: ladder,
    find: `const previous = login(this.#read.get("previous"), "previous");`,
    replace: `const previous = login(undefined, "previous");`,
    expected: [1, 3, 13],
  },
  {
    name: "marks stay when the database has moved on",
    file: ladder,
    find: `      this.#rejections.onMovedOn();\n`,
    replace: ``,
    expected: [1, 3, 13],
  },
  {
    name: "a rejection is remembered for ever",
    file: rejections,
    find: `this.#marks.set(versionId, nowMs + retryRejectedMs);`,
    replace: `this.#marks.set(versionId, held);`,
    expected: [1, 13],
  },
  {
    name: "a push clears the mark of its version",
    file: ladder,
    find: `    this.#learn(credential);\n    this.#forgetReads();`,
    replace:
      `    this.#learn(credential);\n    this.#rejections.forget(credential.versionId);\n    this.#forgetReads();`,
    expected: [3],
  },
  {
    name: "rejections in a row have no limit",
    file: ladder,
    find: `const maxStreak = 2;`,
    replace: `const maxStreak = Infinity;`,
    expected: [3],
  },
  {
    name: "the newest rejection is retried first",
    file: rejections,
    find: `a < b ? -1 : a > b ? 1 : 0`,
    replace: `a < b ? 1 : a > b ? -1 : 0`,
    expected: [1, 13],
  },
  {
    name: "a roll-back is no event",
    file: ladder,
    find: `rolledBack: older && this.#preferred === credential,`,
    replace: `rolledBack: false,`,
    expected: [5],
  },
  {
    name: "the search asks without end whether it may log in again",
    file: ladder,
    find: `    return { type: "wait", delayMs };
  }

  /** For how long nothing`,
    replace: `    return { type: "wait", delayMs: 0 };
  }

  /** For how long nothing`,
    expected: [16],
  },
  {
    name: "a user who is locked out is tried as any other",
    file: endpoint,
    find: `this.#clock.monotonicMs(), kind === "locked");`,
    replace: `this.#clock.monotonicMs());`,
    expected: [15],
  },
  {
    name: "a user who is locked out is left alone for a second",
    file: "core/endpoint/lockouts.ts",
    find: `const lockedMs = 60_000;`,
    replace: `const lockedMs = 1_000;`,
    expected: [15],
  },
  {
    name: "between two searches nobody notices that a lock is over",
    file: ladder,
    find: `    this.#lockouts.expire(nowMs);
    if (this.#pushed !== undefined) this.#rejections`,
    replace: `    if (this.#pushed !== undefined && nowMs > 0) this.#rejections`,
    expected: [12],
  },
  {
    name: "a pushed version is probed although its user is locked out",
    file: ladder,
    find: `if (pushed === undefined || this.#lockouts.has(pushed.username)) return undefined;`,
    replace: `if (pushed === undefined) return undefined;`,
    expected: [15],
  },
  {
    name: "logins at one endpoint do not wait for each other",
    file: "core/endpoint/turnstile.ts",
    find: `const result = this.#last.then(body);`,
    replace: `const result = Promise.resolve().then(body);`,
    expected: [3, 14, 15],
  },
  {
    name: "a rejected probe is repeated at once",
    file: pursuit,
    find: `this.#clock.setTimer(this.#reprobeMs, `,
    replace: `this.#clock.setTimer(1, `,
    expected: [3],
  },
  {
    name: "a rejected probe is never repeated",
    file: pursuit,
    find: `if (!this.#users.any) return;`,
    replace: `if (this.#users.any) return;`,
    expected: [12],
  },
  {
    name: "an endpoint that fell behind does not ask for the current version again",
    file: endpoint,
    find: `      this.#ladder.push(current);\n      this.#pursuit.now();`,
    replace: ``,
    expected: [12],
  },
  {
    name: "a new version is adopted without a probe by the next login only",
    file: endpoint,
    find: `    this.#wake = new AbortController();\n    this.#pursuit.now();`,
    replace: `    this.#wake = new AbortController();`,
    expected: [12],
  },
  {
    name: "the password is in the event of a rejected login",
    file: endpoint,
    find: `      endpoint: this.name,\n      username,\n      versionId,`,
    replace:
      `      endpoint: this.name,\n      username: candidate.credential.password.reveal(),\n      versionId,`,
    expected: [8],
  },
];
