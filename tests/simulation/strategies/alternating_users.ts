/** Alternating users. */

import { alternatingUsers } from "../../../core/rotation/alternating_users.ts";
import type { StrategyUnderTest } from "./strategy.ts";

/** The current version logs in all the while, and the one before it until the next rotation. */
export const alternatingUsersUnderTest: StrategyUnderTest = {
  name: "alternating-users",
  strategy: alternatingUsers,
  touchesActiveUser: false,
  overlaps: true,
  secondPasswords: false,
  failedLogins: { primary: 0, replica: 2 },
};
