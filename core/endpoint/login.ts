/** A login: what is asked of an endpoint, and what comes of it. */

import { unreachableCodes } from "../client/network_codes.ts";
import type { Credential } from "../credential.ts";
import type { Failure, FailureKind } from "../failure.ts";

/** A login that somebody wants. */
export interface LoginRequest<C> {
  /**
   * Opens a connection with this credential, in at most so many milliseconds: nobody else logs in
   * at the endpoint before it settles.
   */
  readonly connect: (credential: Credential, timeoutMs: number) => Promise<C>;
  /** What an error of `connect` means. */
  readonly classify: (error: unknown) => Failure;
  /** For how long candidates are searched, waiting for one's turn included, in milliseconds. */
  readonly budgetMs: number;
  /** For how long one connect may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Ends the search early. */
  readonly signal?: AbortSignal;
}

/** A connection, and the credential that it will keep. */
export interface Login<C> {
  readonly connection: C;
  readonly credential: Credential;
}

/** A probe that ended without a connection. */
export interface ProbeFailure {
  /** The code of the failure; `SUPERSEDED` when there is nothing to probe any more. */
  readonly code: string;
  /** What kind of failure it was; undefined when nothing was tried. */
  readonly kind: FailureKind | undefined;
}

/** Whether the server has refused this credential. */
export function isRejection({ kind }: Failure): boolean {
  return kind === "auth" || kind === "locked" || kind === "refused";
}

/** Whether no answer came to a login that may have reached the server. */
export function isUnanswered({ kind, code }: Failure): boolean {
  return kind === "connection" && !unreachableCodes.has(code);
}
