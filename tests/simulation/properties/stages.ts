/** The stages of a version. */

import type { VersionStage } from "../../../core/credential.ts";

/** All of them, in the order in which they are tried. */
export const stages: readonly VersionStage[] = ["current", "pending", "previous"];
