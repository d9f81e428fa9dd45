/** All secrets of the double, each with a bounded history so that a read can be answered late. */

import { secretNotFound } from "./errors.ts";
import type { SecretState } from "./state.ts";

/** Snapshots kept for one secret; an older instant reads as the oldest one kept. */
const HISTORY_LIMIT = 256;

interface Snapshot {
  /** On the performance.now() clock. */
  readonly atMs: number;
  /** Undefined once the secret was deleted for good. */
  readonly state: SecretState | undefined;
}

/** The secrets, addressed by name, by ARN or by ARN without its random suffix. */
export class SecretStore {
  readonly #histories = new Map<string, Snapshot[]>();

  /** The secret, or undefined; with asOfMs, as it was at that instant of performance.now(). */
  find(secretId: string, asOfMs?: number): SecretState | undefined {
    const history = this.#historyOf(secretId);
    if (history === undefined) return undefined;
    if (asOfMs === undefined) return history.at(-1)?.state;
    const past = history.findLast(({ atMs }) => atMs <= asOfMs);
    const forgotten = history.length === HISTORY_LIMIT;
    return past === undefined && forgotten ? history[0]?.state : past?.state;
  }

  /** The secret; throws ResourceNotFoundException. */
  get(secretId: string, asOfMs?: number): SecretState {
    const secret = this.find(secretId, asOfMs);
    if (secret === undefined) throw secretNotFound();
    return secret;
  }

  /** Records a new state of a secret. */
  set(state: SecretState): void {
    this.#append(state.arn, state);
  }

  /** Replaces the newest state without a step in the history: for read dates, which lag anyway. */
  amend(state: SecretState): void {
    const history = this.#histories.get(state.arn);
    const last = history?.at(-1);
    if (history !== undefined && last !== undefined) {
      history[history.length - 1] = { atMs: last.atMs, state };
    }
  }

  /** Deletes a secret for good. */
  remove(arn: string): void {
    this.#append(arn, undefined);
  }

  /** Every secret that exists, oldest first. */
  all(): SecretState[] {
    return [...this.#histories.values()].flatMap((history) => history.at(-1)?.state ?? []);
  }

  #append(arn: string, state: SecretState | undefined): void {
    const history = this.#histories.get(arn) ?? [];
    this.#histories.set(arn, history);
    history.push({ atMs: performance.now(), state });
    if (history.length > HISTORY_LIMIT) history.shift();
  }

  /** The last matching one: a name can be used again after a deletion. */
  #historyOf(secretId: string): Snapshot[] | undefined {
    const direct = this.#histories.get(secretId);
    if (direct !== undefined) return direct;
    return [...this.#histories.entries()].findLast(([arn, history]) => {
      const name = history.findLast(({ state }) => state !== undefined)?.state?.name;
      return name === secretId || isPartialArn(secretId, arn);
    })?.[1];
  }
}

/**
 * Recorded: an ARN without its suffix of a hyphen and six characters is accepted, unless the name
 * itself ends like such a suffix; then it reads as a whole ARN, of a secret that does not exist.
 */
function isPartialArn(secretId: string, arn: string): boolean {
  return secretId === arn.slice(0, -7) && !/-[A-Za-z0-9]{6}$/.test(secretId);
}
