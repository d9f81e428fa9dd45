/** What the simulation knows of a strategy. A further one joins by one more file. */

import type { RotationStrategy } from "../../../core/rotation/strategy.ts";

/** A strategy, and what is promised of it. */
export interface StrategyUnderTest {
  readonly name: string;
  readonly strategy: () => RotationStrategy;
  /** Whether the set step changes the password of the user that apps log in as. */
  readonly touchesActiveUser: boolean;
  /** The most failed logins of one process for one rotation. */
  readonly failedLogins: { readonly primary: number; readonly replica: number };
}
