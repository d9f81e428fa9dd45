/** What every client is measured under. The same for all of them, so that rows can be compared. */

/** Durations in milliseconds. */
export const parameters = Object.freeze({
  /** Operations in flight at any time. */
  workers: 16,
  /** The most connections that a client may have. */
  maxConnections: 8,
  /** How long a connection lives: short, so that logins happen all the time. */
  recycleMs: 700,
  /** How long a client may use a credential that it has read. */
  ttlMs: 2_000,
  /** An operation that takes longer counts as hung and its worker goes on. */
  hungAfterMs: 5_000,
  /** What a worker waits after a failure: an error that comes at once must not become a hot loop. */
  pauseAfterFailureMs: 10,
  /** Rotations in a scenario. */
  rotations: 3,
  /** When the first rotation starts, counted from the start of the load. */
  firstRotationMs: 3_500,
  /** From the start of a rotation to the start of the next. */
  rotateEveryMs: 8_200,
  /** How long the load goes on after the last rotation started. */
  afterLastRotationMs: 8_100,
  /** From the set step to the test step, in scenarios with a gap. */
  gapMs: 3_000,
  /** From the finish step until the old user of two alternating ones is locked out. */
  retireAfterMs: 4_000,
  /** How late a replica applies what the primary has committed. */
  replicaLagMs: { postgres: 1_500, mysql: 2_000, mariadb: 2_000 },
  /** How often connections are counted. */
  sampleEveryMs: 25,
  /** What is left out at the start of the load when a steady rate is measured. */
  warmUpMs: 1_000,
  /** What counts as a part of a rotation after its end. */
  afterglowMs: 1_000,
});

/** The longest that an operation may take while credentials rotate. */
export const maxWaitInGapMs = 500;
