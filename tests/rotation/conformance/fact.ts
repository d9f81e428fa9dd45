/** What holds for every database whose credentials can be rotated. */

import type { DatabaseKind } from "../databases/database.ts";
import type { House } from "../fixture.ts";

/** Something to check on a server; several share one, and use names of their own. */
export interface Fact {
  readonly name: string;
  readonly check: (house: House<unknown>, kind: DatabaseKind) => Promise<void>;
}

let lastNumber = 0;

/** A username that nobody else uses. */
export function freshUser(): string {
  return `user_${++lastNumber}`;
}
