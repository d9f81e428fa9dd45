/** Every strategy that is simulated. */

import { alternatingUsersUnderTest } from "./alternating_users.ts";
import { dualPasswordUnderTest } from "./dual_password.ts";
import { singleUserUnderTest } from "./single_user.ts";
import type { StrategyUnderTest } from "./strategy.ts";

export const strategies: readonly StrategyUnderTest[] = [
  singleUserUnderTest,
  alternatingUsersUnderTest,
  dualPasswordUnderTest,
];
