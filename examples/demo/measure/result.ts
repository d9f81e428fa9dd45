/** What a run of one client in one scenario came to. */

import type { Integrity } from "./integrity.ts";
import type { Statistics } from "./statistics.ts";

/** A column of the table, and an entry of the JSON file. */
export interface Result extends Statistics, Integrity {
  /** The scenario. */
  readonly name: string;
  /** The client. */
  readonly client: string;
  /** Times that the client's process ended by itself. */
  readonly crashes: number;
  /** Rotations that were completed. */
  readonly rotations: number;
  readonly sessionsKilled: number;
  /** Logins to the client's database that the server refused, by its own log. */
  readonly failedLogins: number;
  /** Requests of the client to the secret store. */
  readonly storeCalls: number;
  readonly ttlMs: number;
  readonly peakConnections: number;
  /** What people may want to know besides; one line each. */
  readonly remarks: readonly string[];
}

/** Whether anything failed: what a control has to show. */
export function hasFailed({ failed, ambiguous, hung, crashes }: Result): boolean {
  return failed + ambiguous + hung + crashes > 0;
}
