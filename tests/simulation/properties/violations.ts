/** The violations of one schedule. */

import { type Property, Violation } from "./catalogue.ts";

/** Collects them: what notices one is often called from where an error would be swallowed. */
export class Violations {
  #first: Violation | undefined;
  readonly #note: (what: string) => void;

  /** `note` hears of each. */
  constructor(note: (what: string) => void) {
    this.#note = note;
  }

  /** A property did not hold. */
  report(property: Property, what: string): void {
    this.#first ??= new Violation(property, what);
    this.#note(`VIOLATION of (${property.number}): ${what}`);
  }

  /** Throws the first one, if there was any. */
  raise(): void {
    if (this.#first !== undefined) throw this.#first;
  }
}
