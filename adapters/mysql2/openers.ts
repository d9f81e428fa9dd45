/** Statements that open a transaction: sent once more elsewhere when their connection was lost. */

import { maxResent } from "../../core/statement/delivery.ts";
import { type Text, textOf } from "./statement.ts";

/** Statements that have no effect outside of their session, if they are all that it did. */
const pattern =
  /^\s*(begin(\s+work)?|start\s+transaction[\w\s,]*|set\s+(session\s+)?transaction[\w\s,]*)\s*;?\s*$/i;

/** Whether a statement is one of them. */
export function isOpener(sql: Text): boolean {
  return pattern.test(textOf(sql));
}

/** What the openers ask of their owner. */
export interface OpenersOptions {
  /** Whether what failed may be sent on another connection. */
  readonly isLost: () => boolean;
  /** Puts another connection in the place of the lost one, and calls `arrived` before it is used. */
  readonly exchange: (arrived: () => void) => Promise<void>;
}

interface Opener {
  readonly send: () => Promise<unknown>;
  /** On the newest connection. */
  answer: Promise<unknown>;
  succeeded: boolean;
}

/** What was sent on a session so far, which can be sent again elsewhere. */
export class Openers {
  readonly #options: OpenersOptions;
  readonly #sent: Opener[] = [];
  /** One for all who wait: each of them has lost the same connection. */
  #exchange: Promise<void> | undefined;

  constructor(options: OpenersOptions) {
    this.#options = options;
  }

  /** Sends one more, with all before it on another connection when this one is lost. */
  async run(send: () => Promise<unknown>): Promise<unknown> {
    const opener: Opener = { send, answer: send(), succeeded: false };
    this.#sent.push(opener);
    try {
      for (let attempt = 0;; attempt++) {
        const { answer } = opener;
        try {
          const result = await answer;
          opener.succeeded = true;
          return result;
        } catch (error) {
          // Whoever met the loss first has sent it again.
          if (opener.answer !== answer) continue;
          // Nothing has happened yet that would be missing on another connection.
          if (!this.#options.isLost() || attempt >= maxResent) throw error;
          this.#exchange ??= this.#options.exchange(() => this.#sendAgain())
            .finally(() => this.#exchange = undefined);
          await this.#exchange;
        }
      }
    } finally {
      if (!opener.succeeded) this.#sent.splice(this.#sent.indexOf(opener), 1);
    }
  }

  /** All in one go, so that nothing else comes between. */
  #sendAgain(): void {
    const kept: Promise<unknown>[] = [];
    for (const opener of this.#sent) {
      const answer = opener.send();
      // One that counts on what had succeeded before it fails with that.
      opener.answer = Promise.all([answer, ...kept]).then(([result]) => result);
      if (opener.succeeded) kept.push(answer);
      // Of those that were answered before, nobody asks.
      opener.answer.catch(() => {});
    }
  }
}
