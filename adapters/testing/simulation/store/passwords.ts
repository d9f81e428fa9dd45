/** Passwords that are the same every time, and easy to find where they should not be. */

import { Secret } from "../../../../core/secret.ts";
import type { SeededRandom } from "../../seeded_random.ts";

/** As many characters as the rotator asks GetRandomPassword for. */
const length = 32;
/** Without what the rotator excludes, and without what a marker usually holds. */
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789!#$%&*+-=?";

/** Generates passwords that begin with a marker. */
export class MarkedPasswords {
  readonly #random: SeededRandom;
  readonly #marker: string;

  /** @throws {RangeError} when the marker leaves no room for 16 characters by chance */
  constructor(random: SeededRandom, marker: string) {
    if (marker.length > length - 16) {
      throw new RangeError(
        `The marker has ${marker.length} characters: it may have ${length - 16} at the most.`,
      );
    }
    this.#random = random;
    this.#marker = marker;
  }

  /** The next one. */
  next(): Secret {
    let password = this.#marker;
    while (password.length < length) password += alphabet[this.#random.below(alphabet.length)];
    return new Secret(password);
  }
}
