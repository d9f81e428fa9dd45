/** The strategies that a database knows. */

import {
  alternatingUsers,
  dualPassword,
  type RotationStrategy,
  singleUser,
} from "../../../core/rotation/mod.ts";
import type { DatabaseKind } from "../databases/database.ts";

export function strategiesOf({ hasSecondPasswords }: DatabaseKind): RotationStrategy[] {
  return [singleUser(), alternatingUsers(), ...hasSecondPasswords ? [dualPassword()] : []];
}
