/** What the simulation knows of a strategy. A further one joins by one more file. */

import type { RotationStrategy } from "../../../core/rotation/strategy.ts";

/** A strategy, and what is promised of it. */
export interface StrategyUnderTest {
  readonly name: string;
  readonly strategy: () => RotationStrategy;
  /** Whether the set step changes the password of the user that apps log in as. */
  readonly touchesActiveUser: boolean;
  /**
   * Whether the current version logs in at every moment, and the one before it until the next
   * rotation's set step: so a rotation may be abandoned anywhere.
   */
  readonly overlaps: boolean;
  /** Whether it needs a server on which a user may have a second password. */
  readonly secondPasswords: boolean;
  /** The most failed logins of one process for one rotation. */
  readonly failedLogins: { readonly primary: number; readonly replica: number };
}
