/** How long a lost connection beside the statements' own is left alone. */

import type { BackoffOptions } from "../../core/resilience/backoff.ts";

/** After a connection that could not be had, the next try comes after at most so long. */
export const reconnectBackoff = { baseMs: 500, capMs: 10_000 } satisfies BackoffOptions;
