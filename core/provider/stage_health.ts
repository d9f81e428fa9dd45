/** Tells of stages that cannot be read: once for a run of failures, and once when it is over. */

import type { VersionStage } from "../credential.ts";
import { codeOf, type RekeyError } from "../errors.ts";
import type { Observer } from "../events.ts";

/** How the reads of each stage go. */
export class StageHealth {
  readonly #secret: string;
  readonly #onEvent: Observer;
  readonly #failing = new Map<VersionStage, { readonly code: string; readonly count: number }>();

  constructor(secret: string, onEvent: Observer) {
    this.#secret = secret;
    this.#onEvent = onEvent;
  }

  /** A read failed. */
  failed(stage: VersionStage, error: RekeyError): void {
    // What the store said is worth more than our word for it.
    const code = codeOf(error.cause ?? error);
    const known = this.#failing.get(stage);
    this.#failing.set(stage, { code, count: (known?.count ?? 0) + 1 });
    if (known?.code === code) return;
    const { field } = error;
    this.#onEvent({ type: "source-failed", secret: this.#secret, stage, code, field });
  }

  /** A read was answered. */
  works(stage: VersionStage): void {
    const known = this.#failing.get(stage);
    if (known === undefined) return;
    this.#failing.delete(stage);
    const failures = known.count;
    this.#onEvent({ type: "source-recovered", secret: this.#secret, stage, failures });
  }
}
