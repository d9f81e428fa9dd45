/** The probe of a new version: wanted, under way, or waiting for an idle connection to make place. */

import type { Credential } from "../credential.ts";
import type { Endpoint, Login, ProbeFailure } from "../endpoint/endpoint.ts";
import type { Observer } from "../events.ts";
import type { Pool } from "./pool.ts";
import type { Slot } from "./slot.ts";

/** What a probe needs of the pool around it. */
export interface ProbeOptions<C> {
  readonly endpoint: Pick<Endpoint, "name" | "target" | "preferred">;
  readonly pool: Pick<
    Pool<C>,
    "hasConnections" | "hasRoomForProbe" | "ending" | "openProbe" | "probeFailed" | "evictIdle"
  >;
  readonly onEvent: Observer;
  /** Logs in with the version that waits at the endpoint. */
  readonly login: () => Promise<Login<C> | ProbeFailure>;
  /** The probe's connection joins the pool. */
  readonly opened: (connection: C, credential: Credential) => void;
}

/**
 * - `resting`: none is under way
 * - `trying`: the endpoint was asked for a login
 * - `evicting`: the server has no room for it, and `slot` is being closed
 */
type State<C> =
  | { readonly type: "resting" | "trying" }
  | { readonly type: "evicting"; readonly to: string; readonly slot: Slot<C> };

/** One probe at a time; what is wanted meanwhile comes after it. */
export class Probe<C> {
  readonly #options: ProbeOptions<C>;
  #wanted = false;
  #state: State<C> = { type: "resting" };

  constructor(options: ProbeOptions<C>) {
    this.#options = options;
  }

  /** A version waits to be probed. Returns whether it is, rather than later or never. */
  want(): boolean {
    const { pool } = this.#options;
    // Without a connection there is nothing to replace: the next login tries the new version first.
    if (!pool.hasConnections || pool.ending) return false;
    this.#wanted = true;
    this.#start();
    return !this.#wanted;
  }

  /** A connection is gone: that may have made the room that was missing. */
  closed(slot: Slot<C>): void {
    const state = this.#state;
    if (state.type === "evicting" && state.slot === slot) {
      this.#state = { type: "trying" };
      void this.#try(state.to, true);
    }
    this.#start();
  }

  /** Begins when a probe is wanted, none is under way and there is room: now, or later. */
  #start(): void {
    const { endpoint, pool, onEvent } = this.#options;
    if (!this.#wanted || this.#state.type !== "resting" || !pool.hasRoomForProbe) return;
    this.#wanted = false;
    const to = endpoint.target?.versionId;
    if (to === undefined || pool.ending) return;
    this.#state = { type: "trying" };
    pool.openProbe();
    onEvent({ type: "swap-started", endpoint: endpoint.name, to });
    void this.#try(to, false);
  }

  /** `evicted`: a connection was closed for it before. One is enough. */
  async #try(to: string, evicted: boolean): Promise<void> {
    const outcome = await this.#options.login();
    if ("connection" in outcome) {
      this.#state = { type: "resting" };
      this.#options.opened(outcome.connection, outcome.credential);
    } else {
      // The server has no room for one more: one that does nothing makes place.
      const slot = outcome.kind === "busy" && !evicted ? this.#options.pool.evictIdle() : undefined;
      if (slot?.state === "gone") return this.#try(to, true);
      if (slot !== undefined) {
        this.#state = { type: "evicting", to, slot };
        return;
      }
      this.#state = { type: "resting" };
      this.#failed(to, outcome);
    }
    // Another version was pushed meanwhile, perhaps.
    this.#start();
  }

  #failed(to: string, { code }: ProbeFailure): void {
    const { endpoint, pool, onEvent } = this.#options;
    if (endpoint.preferred?.versionId !== to) {
      onEvent({ type: "swap-aborted", endpoint: endpoint.name, to, code });
    }
    pool.probeFailed();
  }
}
