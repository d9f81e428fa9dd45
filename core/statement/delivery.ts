/** One statement on its way: whether its end was told, and whether it may be sent once more. */

import type { Failure } from "../failure.ts";

/** So many times at most a statement is sent again. */
export const maxResent = 5;

/**
 * What to do about a statement that failed:
 * - `ignore`: its end was told already
 * - `resend`: it certainly did not run, and another connection may run it
 * - `reject`: the failure is its answer
 * - `reject-lost`: its connection was lost, and with it the answer
 */
export type Verdict = "ignore" | "resend" | "reject" | "reject-lost";

/**
 * A statement waits, is sent, and is settled once. It is sent again only when it certainly did not
 * run, and never out of the transaction that it belongs to. Drivers reject a statement more than
 * once (for the error of a socket and for its close): only the first time counts.
 */
export class Delivery {
  #state: "waiting" | "sent" | "settled" = "waiting";
  readonly #resent: number;
  /** Whether it belongs to a transaction or a reserved connection: it runs there or nowhere. */
  owned = false;
  /** Whether somebody asked to cancel it: then it is not sent again. */
  cancelAsked = false;

  /** @param resent how many times it was sent again so far */
  constructor(resent = 0) {
    this.#resent = resent;
  }

  /** Whether it has not been given to a connection yet. */
  get waiting(): boolean {
    return this.#state === "waiting";
  }

  /** Whether its end was told. */
  get settled(): boolean {
    return this.#state === "settled";
  }

  /** It is given to a connection. */
  sent(): void {
    this.#state = "sent";
  }

  /** Its end was told. */
  settle(): void {
    this.#state = "settled";
  }

  /**
   * It failed, and its end is told now, unless it was before.
   *
   * @param begun whether the server may have begun to run it
   * @param handedOut whether rows of it may have been handed to the caller: they cannot be taken back
   */
  failed({ kind }: Failure, begun: boolean, handedOut: boolean): Verdict {
    if (this.#state === "settled") return "ignore";
    this.#state = "settled";
    const lost = kind === "connection";
    // A standby that gives a statement up for its replay has changed nothing.
    const certainlyNotRun = lost ? !begun : kind === "replica-lag" && !handedOut;
    if (certainlyNotRun && this.#mayGoAgain) return "resend";
    return lost ? "reject-lost" : "reject";
  }

  /** The delivery of the same statement, sent once more. */
  again(): Delivery {
    return new Delivery(this.#resent + 1);
  }

  get #mayGoAgain(): boolean {
    return !this.owned && !this.cancelAsked && this.#resent < maxResent;
  }
}
