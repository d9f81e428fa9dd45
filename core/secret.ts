/** An opaque value that does not print. */

const redacted = "[secret]";

/**
 * A secret value: it shows as `[secret]` in every way of printing, and gives its value only when
 * asked by name. `#private` state and a method are the one representation that no inspector,
 * serialiser or clone reads.
 *
 * @example It does not print
 * ```ts
 * import { Secret } from "@rekey/orm";
 * import assert from "node:assert/strict";
 *
 * const password = new Secret("correct horse");
 * assert.equal(`${password} ${JSON.stringify({ password })}`, '[secret] {"password":"[secret]"}');
 * assert.equal(password.reveal(), "correct horse");
 * ```
 */
export class Secret {
  readonly #value: string;

  /** Wraps `value`. */
  constructor(value: string) {
    this.#value = value;
    Object.freeze(this);
  }

  /** The value itself. Call it where the value is used, and nowhere else. */
  reveal(): string {
    return this.#value;
  }

  /**
   * Whether two secrets hold the same value, in a time that does not depend on where they differ.
   * Structural comparison (`deepEqual`) sees no difference between any two secrets: use this.
   */
  equals(other: Secret): boolean {
    const a = this.#value, b = other.#value;
    let difference = a.length ^ b.length;
    for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
    return difference === 0;
  }

  /** Always `[secret]`. */
  toString(): string {
    return redacted;
  }

  /** Always `[secret]`. */
  toJSON(): string {
    return redacted;
  }

  /** Always `[secret]`, in Node, Deno and Bun. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }

  /** Whether `value` is a secret of this copy of the package. */
  static is(value: unknown): value is Secret {
    return typeof value === "object" && value !== null && #value in value;
  }
}
