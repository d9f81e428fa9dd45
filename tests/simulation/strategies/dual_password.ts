/** Dual password. */

import { dualPassword } from "../../../core/rotation/dual_password.ts";
import type { StrategyUnderTest } from "./strategy.ts";

/** The current version logs in all the while, as the same user as the pending one. */
export const dualPasswordUnderTest: StrategyUnderTest = {
  name: "dual-password",
  strategy: dualPassword,
  touchesActiveUser: true,
  overlaps: true,
  secondPasswords: true,
  failedLogins: { primary: 0, replica: 2 },
};
