/** Single user. */

import { singleUser } from "../../../core/rotation/single_user.ts";
import type { StrategyUnderTest } from "./strategy.ts";

/** Between set and finish only the pending version logs in. */
export const singleUserUnderTest: StrategyUnderTest = {
  name: "single-user",
  strategy: singleUser,
  touchesActiveUser: true,
  overlaps: false,
  secondPasswords: false,
  failedLogins: { primary: 1, replica: 2 },
};
