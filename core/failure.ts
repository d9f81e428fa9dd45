/** How an adapter describes a driver's failure to the core. */

/**
 * What kind of failure it was:
 * - `auth`: the server refused this credential; another one may do
 * - `locked`: the server lets nobody in as this user for a while: whoever tries makes it worse
 * - `refused`: the server refused the login, and no other credential would do better
 * - `busy`: a limit of the server; later, the same may do
 * - `starting`: starting up, recovering or shutting down
 * - `connection`: no connection, or a lost one
 * - `replica-lag`: a standby cancelled the statement because of replayed changes
 * - `read-only`: a standby cannot do this; the primary can
 * - `other`: everything else, such as an error in the statement
 */
export type FailureKind =
  | "auth"
  | "locked"
  | "refused"
  | "busy"
  | "starting"
  | "connection"
  | "replica-lag"
  | "read-only"
  | "other";

/** Whether what failed took effect: certainly not, perhaps, or certainly. */
export type Executed = "no" | "maybe" | "yes";

/** A driver's failure, classified twice. */
export interface Failure {
  /** What kind of failure it was. */
  readonly kind: FailureKind;
  /** Whether the statement took effect. */
  readonly executed: Executed;
  /** The driver's or the server's code. */
  readonly code: string;
}
