/** What one exploration is about. */

/** One configuration: everything within its bounds is explored. */
export interface Settings {
  /** Where the client logs in. */
  readonly endpoint: "primary" | "replica";
  readonly strategy: "single user" | "alternating users";
  /** How many rotations there are at most. */
  readonly rotations: number;
  /** Whether a rotation may begin before everybody has settled after the one before. */
  readonly overlapping: boolean;
  /** Whether the database is rolled back only between rotations. */
  readonly between: boolean;
  /** What is rolled back, at most once each. */
  readonly rollBack: readonly ("store" | "database")[];
  /** What the client may not read. */
  readonly denied: readonly ("pending" | "previous")[];
  /** Whether a login or a read may take a second; otherwise time passes in waits and in between. */
  readonly slow: boolean;
  /** Whether the process has never logged in here, and knows the secret from another endpoint. */
  readonly cold: boolean;
  /** How many logins the client wants at most. */
  readonly logins: number;
  /** How often time passes at most: to the end of a wait, or by a second. */
  readonly waits: number;
  /** How often the provider reads current by itself, at most. */
  readonly refreshes: number;
  /** How often nothing happens for a TTL, at most. */
  readonly pauses: number;
  /** What the injected chance draws, always. */
  readonly draw: number;
}

/** The versions of the secret, in the order in which they were made. The first current one is 1. */
export type Version = number;
