/** What the client half tells an observer. No event holds a value of a secret. */

import type { VersionStage } from "./credential.ts";

/** A new version became current in the store. */
export interface VersionChanged {
  /** Tells the events apart. */
  readonly type: "version-changed";
  /** The secret's name. */
  readonly secret: string;
  /** The version that was current before; undefined at the first read. */
  readonly from: string | undefined;
  /** The version that is current now. */
  readonly to: string;
  /** True when `to` is a version that had been left before: the store was rolled back. */
  readonly rolledBack: boolean;
  /** Why the store was read: `first`, `refresh`, `ladder`, or the hint given to `refresh`. */
  readonly reason: string;
}

/**
 * The store could not be read, or what it holds cannot be used. Sent once for a run of failures
 * with the same code.
 */
export interface SourceFailed {
  /** Tells the events apart. */
  readonly type: "source-failed";
  /** The secret's name. */
  readonly secret: string;
  /** Which stage was read. */
  readonly stage: VersionStage;
  /** The code of the failure; `INVALID_SECRET` when the value is not a usable credential. */
  readonly code: string;
  /** The field that is wrong, when the value is. */
  readonly field: string | undefined;
}

/** The store can be read again. */
export interface SourceRecovered {
  /** Tells the events apart. */
  readonly type: "source-recovered";
  /** The secret's name. */
  readonly secret: string;
  /** Which stage was read. */
  readonly stage: VersionStage;
  /** How many reads had failed in a row. */
  readonly failures: number;
}

/** `get()` handed out a credential older than its TTL, because the store could not be read. */
export interface StaleServed {
  /** Tells the events apart. */
  readonly type: "stale-served";
  /** The secret's name. */
  readonly secret: string;
  /** The version handed out. */
  readonly versionId: string;
  /** How long ago it was read, in milliseconds. */
  readonly ageMs: number;
}

/** The process did not run for a while: a suspended machine, a frozen function. */
export interface ProcessFrozen {
  /** Tells the events apart. */
  readonly type: "process-frozen";
  /** The secret's name. */
  readonly secret: string;
  /** For how long, in milliseconds. */
  readonly frozenMs: number;
}

/** An endpoint refused a credential. */
export interface LoginRejected {
  /** Tells the events apart. */
  readonly type: "login-rejected";
  /** `host:port`. */
  readonly endpoint: string;
  /** The database user. */
  readonly username: string;
  /** The version refused. */
  readonly versionId: string;
  /** Where the candidate was found. */
  readonly stage: VersionStage | "accepted";
  /** The server's code. */
  readonly code: string;
}

/** An endpoint accepted a credential other than the one it accepted before. */
export interface CandidateAccepted {
  /** Tells the events apart. */
  readonly type: "candidate-accepted";
  /** `host:port`. */
  readonly endpoint: string;
  /** The database user. */
  readonly username: string;
  /** The version accepted. */
  readonly versionId: string;
  /** Where the candidate was found. */
  readonly stage: VersionStage | "accepted";
  /** The version used so far; undefined at the first login. */
  readonly from: string | undefined;
  /** True when the endpoint went back to an older version. */
  readonly rolledBack: boolean;
}

/** No candidate logged in within the budget. */
export interface SearchFailed {
  /** Tells the events apart. */
  readonly type: "search-failed";
  /** `host:port`. */
  readonly endpoint: string;
  /** How long it was tried, in milliseconds. */
  readonly durationMs: number;
  /** How many logins were refused. */
  readonly rejected: number;
  /** The last code seen. */
  readonly code: string;
}

/** A pool is about to change its generation: it probes the new credential. */
export interface SwapStarted {
  /** Tells the events apart. */
  readonly type: "swap-started";
  /** `host:port`. */
  readonly endpoint: string;
  /** The version to adopt. */
  readonly to: string;
}

/** A pool changed its generation: connections of older ones close as they become idle. */
export interface SwapCompleted {
  /** Tells the events apart. */
  readonly type: "swap-completed";
  /** `host:port`. */
  readonly endpoint: string;
  /** The version of new connections. */
  readonly to: string;
  /** How many connections of older generations are still to close. */
  readonly draining: number;
}

/** The probe of a new credential failed: the pool keeps its generation. */
export interface SwapAborted {
  /** Tells the events apart. */
  readonly type: "swap-aborted";
  /** `host:port`. */
  readonly endpoint: string;
  /** The version that was not adopted. */
  readonly to: string;
  /** Why. */
  readonly code: string;
}

/** The last connection of an older generation closed. */
export interface DrainFinished {
  /** Tells the events apart. */
  readonly type: "drain-finished";
  /** `host:port`. */
  readonly endpoint: string;
  /** How long it took since the swap, in milliseconds. */
  readonly durationMs: number;
  /** How many connections were closed while in use, at the drain deadline. */
  readonly forced: number;
}

/** Connections of an older generation are in use for longer than expected. */
export interface DrainSlow {
  /** Tells the events apart. */
  readonly type: "drain-slow";
  /** `host:port`. */
  readonly endpoint: string;
  /** How many are left. */
  readonly remaining: number;
  /** How long it has been, in milliseconds. */
  readonly durationMs: number;
}

/** A connection was lost that nobody closed. */
export interface ConnectionLost {
  /** Tells the events apart. */
  readonly type: "connection-lost";
  /** `host:port`. */
  readonly endpoint: string;
  /** The version it had logged in with. */
  readonly versionId: string;
}

/** Every event of the client half. */
export type RekeyEvent =
  | VersionChanged
  | SourceFailed
  | SourceRecovered
  | StaleServed
  | ProcessFrozen
  | LoginRejected
  | CandidateAccepted
  | SearchFailed
  | SwapStarted
  | SwapCompleted
  | SwapAborted
  | DrainFinished
  | DrainSlow
  | ConnectionLost;

/** Hears of events. What it throws is ignored: an observer cannot break what it observes. */
export type Observer = (event: RekeyEvent) => void;

/** Wraps `observer` so that it cannot throw. */
export function guarded(observer: Observer | undefined): Observer {
  if (observer === undefined) return () => {};
  return (event) => {
    try {
      observer(Object.freeze(event));
    } catch {
      // See Observer.
    }
  };
}
