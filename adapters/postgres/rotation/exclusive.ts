/** One transaction of the rotator at a time, where the server would fail the second. */

import { literal } from "./literal.ts";

/** A statement that waits until no other transaction in this database works on `what`. */
export function exclusive(what: string): string {
  const key = `pg_catalog.hashtextextended(${literal(`rekey: ${what}`)}, 0)`;
  return `select pg_catalog.pg_advisory_xact_lock(${key})`;
}
