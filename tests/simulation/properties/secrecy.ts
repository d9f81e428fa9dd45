/** Looks for values of secrets where none may be. */

import { inspect } from "node:util";
import { properties } from "./catalogue.ts";
import type { Violations } from "./violations.ts";

/** Every password of the world begins with the marker. */
export class SecrecyWatch {
  readonly #violations: Violations;
  readonly #marker: string;
  readonly #inspected = new Set<string>();

  constructor(violations: Violations, marker: string) {
    this.#violations = violations;
    this.#marker = marker;
  }

  /** An event or a snapshot: plain data. */
  data(what: string, value: unknown): void {
    this.#search(what, JSON.stringify(value) ?? "");
  }

  /** An error that an app may print. */
  error(error: unknown): void {
    const { code, message, stack } = error as Error & { readonly code?: string };
    this.#search("an error's text", `${message}\n${stack}`);
    // Of each kind once: to inspect is slow.
    if (this.#inspected.has(String(code))) return;
    this.#inspected.add(String(code));
    this.inspection(`the error ${code}`, error);
  }

  /** Anything that an app may print. */
  inspection(what: string, value: unknown): void {
    this.#search(`the inspection of ${what}`, inspect(value, { depth: 8, showHidden: true }));
  }

  #search(what: string, text: string): void {
    if (text.includes(this.#marker)) this.#violations.report(properties.secrecy, what);
  }
}
