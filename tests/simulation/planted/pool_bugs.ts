/** Bugs of the pool and of the delivery of statements. */

import type { Bug } from "./bug.ts";

const pool = "core/pool/pool.ts";
const delivery = "core/statement/delivery.ts";

/** All of them. */
export const poolBugs: readonly Bug[] = [
  {
    name: "old idle connections are not closed when a version is adopted",
    file: pool,
    find: `for (const slot of this.#slots.all()) if (slot.outdated) this.retire(slot);`,
    replace: ``,
    expected: [7],
  },
  {
    name: "an idle connection that is retired stays open",
    file: pool,
    find: `    if (slot.state === "idle") this.#close(slot);\n    else this.#slots.unlist(slot);`,
    replace: `    this.#slots.unlist(slot);`,
    expected: [7, 12],
  },
  {
    name: "a retired connection stays open when its work is done",
    file: pool,
    find: `if (slot.retired || this.#ending.begun) return this.#close(slot);`,
    replace: `if (this.#ending.begun) return this.#close(slot);`,
    expected: [7],
  },
  {
    name: "a retired connection gets new work",
    file: pool,
    find: `const next = slot.retired ? undefined : this.#waiters.next();`,
    replace: `const next = this.#waiters.next();`,
    expected: [7],
  },
  {
    name: "a probe ignores max",
    file: pool,
    find: `return this.#slots.size + this.#opening <= this.#settings.max;`,
    replace: `return this.#settings.max > 0;`,
    expected: [6],
  },
  {
    name: "connections that are being opened are not counted",
    file: pool,
    find: `return this.#settings.max - this.#slots.size - this.#opening;`,
    replace: `return this.#settings.max - this.#slots.size;`,
    expected: [6],
  },
  {
    name: "a closed connection keeps its place",
    file: pool,
    find: `this.#slots.remove(slot);`,
    replace: `this.#slots.unlist(slot);`,
    expected: [1, 12, 13],
  },
  {
    name: "a connection that died while it was reserved is given out again",
    file: pool,
    find: `if (slot.state !== "reserved") return;`,
    replace: `if (slot.state === "idle") return;`,
    expected: [7, 12, 13],
  },
  {
    name: "the timer of the end's deadline goes on after the end",
    file: "core/pool/ending.ts",
    find: `    this.#deadline?.cancel();\n`,
    replace: ``,
    expected: [7],
  },
  {
    name: "a statement that may have run is sent again",
    file: delivery,
    find: `lost ? !begun : kind`,
    replace: `lost ? true : kind`,
    expected: [11],
  },
  {
    name: "a statement that failed twice is sent again twice",
    file: delivery,
    find: `    if (this.#state === "settled") return "ignore";\n`,
    replace: ``,
    expected: [11],
  },
  {
    name: "a statement of a transaction is sent again outside of it",
    file: delivery,
    find: `return !this.owned && !this.cancelAsked`,
    replace: `return !this.cancelAsked`,
    expected: [11],
  },
];
