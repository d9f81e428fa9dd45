/** Was it the login that drizzle-kit failed at? */

import type { KitFailure } from "../protocol.ts";

/** Access denied; locked; expired; blocked after failed logins. MySQL's and MariaDB's numbers. */
const mysqlNumbers: ReadonlySet<number> = new Set([1045, 1698, 1862, 3118, 3955, 4150, 4151]);

/** What drizzle-kit prints of it, for releases that print errors and catch them out of our sight. */
const printed =
  /\b28P01\b|\b28000\b|password authentication failed for user|\bER_ACCESS_DENIED_ERROR\b|Access denied for user '/;

/** Of what was seen inside, if anything was, and of what was printed. */
export function isLoginFailure(failure: KitFailure | undefined, output: string): boolean {
  if (failure?.code === "28P01" || failure?.code === "28000") return failure.severity === "FATAL";
  if (failure?.errno !== undefined && mysqlNumbers.has(failure.errno)) return !failure.hasStatement;
  return printed.test(output);
}
