/** All secrets of a simulated store: what they are, what reads see of them, who hears of changes. */

import type { Clock } from "../../../../core/clock.ts";
import type { Secret } from "../../../../core/secret.ts";
import { parseSecretPayload } from "../../../../core/secret_payload.ts";
import type { SeededRandom } from "../../seeded_random.ts";
import type { Timeline } from "../timeline.ts";
import { secretNotFound, StoreError } from "./errors.ts";
import { type Consistency, SecretHistory } from "./history.ts";
import type { Labels, SecretState } from "./state.ts";

/** A change of a secret's labels, of its values, or of whether it is rotated. */
export interface StoreChange {
  /** Which secret. */
  readonly secretId: string;
  /** What was done, in words, without any value. */
  readonly what: string;
  /** The labels before; undefined when the secret is new. */
  readonly before: Labels | undefined;
  /** The labels after. */
  readonly after: Labels;
}

/** A username and its password. */
export interface StoredLogin {
  /** The database user. */
  readonly username: string;
  /** The password; never printed. */
  readonly password: Secret;
}

/** How far reads lag, and what says how far this one does. */
export interface Lag {
  readonly consistency: Consistency;
  readonly random: SeededRandom;
}

/** The secrets by their ids. */
export class Secrets {
  readonly #clock: Clock;
  readonly #timeline: Timeline;
  readonly #lag: Lag;
  readonly #hear: (change: StoreChange) => void;
  readonly #histories = new Map<string, SecretHistory>();
  readonly #logins = new WeakMap<Secret, StoredLogin | "none">();

  /** None. `hear` is told of every change. */
  constructor(clock: Clock, timeline: Timeline, lag: Lag, hear: (change: StoreChange) => void) {
    this.#clock = clock;
    this.#timeline = timeline;
    this.#lag = lag;
    this.#hear = hear;
  }

  /** Adds one. */
  create(secretId: string, state: SecretState, what: string): void {
    if (this.#histories.has(secretId)) {
      throw new StoreError("ResourceExistsException", `There is a secret "${secretId}" already.`);
    }
    this.#histories.set(secretId, new SecretHistory(this.#clock.monotonicMs(), state));
    this.#tell(secretId, what, undefined, state);
  }

  /** The state that a read of this moment sees. */
  see(secretId: string): SecretState {
    const { consistency, random } = this.#lag;
    const nowMs = this.#clock.monotonicMs();
    const { state, missed } = this.#history(secretId).see(nowMs, consistency, random);
    if (missed > 0) {
      this.#timeline.note("store", `${secretId}: a read is behind by ${missed}`);
    }
    return state;
  }

  /** The state that writes work on. */
  newest(secretId: string): SecretState {
    return this.#history(secretId).newest;
  }

  /** Commits what `move` makes of the newest state, unless it is the very same. */
  move(secretId: string, what: string, move: (state: SecretState) => SecretState): void {
    const history = this.#history(secretId);
    const before = history.newest;
    const after = move(before);
    if (after === before) return;
    history.commit(this.#clock.monotonicMs(), after);
    this.#tell(secretId, what, before.labels, after);
  }

  /** The login that a version holds; undefined without a value, or with one that is no login. */
  loginOf(secretId: string, versionId: string): StoredLogin | undefined {
    const value = this.newest(secretId).values.get(versionId);
    if (value === undefined) return undefined;
    // A value never changes, and whoever judges a run asks for it at every moment.
    let login = this.#logins.get(value);
    if (login === undefined) this.#logins.set(value, login = loginIn(value) ?? "none");
    return login === "none" ? undefined : login;
  }

  #history(secretId: string): SecretHistory {
    const history = this.#histories.get(secretId);
    if (history === undefined) throw secretNotFound(secretId);
    return history;
  }

  #tell(secretId: string, what: string, before: Labels | undefined, state: SecretState): void {
    const { labels: after, rotationEnabled } = state;
    const { current, pending = "none", previous = "none" } = after;
    const labels = `current ${current}, pending ${pending}, previous ${previous}`;
    const rotation = rotationEnabled ? "on" : "off";
    this.#timeline.note("store", `${secretId}: ${what}; ${labels}, rotation ${rotation}`);
    this.#hear({ secretId, what, before, after });
  }
}

function loginIn(value: Secret): StoredLogin | undefined {
  try {
    const { username, password } = parseSecretPayload(value);
    return { username, password };
  } catch {
    return undefined;
  }
}
