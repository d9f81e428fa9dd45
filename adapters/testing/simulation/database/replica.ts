/** A pretend read-only replica, which applies its primary's changes later. */

import type { Timer } from "../../../../core/clock.ts";
import type { Timeline } from "../timeline.ts";
import { SimulatedServerError } from "./errors.ts";
import { SimulatedServer } from "./server.ts";
import type { ServerOptions } from "./server_options.ts";
import type { UserChange } from "./user.ts";

/** How a replica is set up. */
export interface ReplicaOptions extends Omit<ServerOptions, "cluster"> {
  /**
   * How long after its primary it applies a change, in milliseconds; `Infinity` for never.
   * @default {0}
   */
  readonly lagMs?: number;
  /** Where everything that happens is noted, when it is to be. */
  readonly timeline?: Timeline;
}

/** Follows a primary from now on, with sessions of its own. Changes keep their order. */
export class SimulatedReplica extends SimulatedServer {
  /** Received and not applied, oldest first. */
  readonly #received: UserChange[] = [];
  #lagMs: number;
  #paused = false;
  /** Applies the next change. */
  #timer: Timer | undefined;

  /** Has the primary's users of this moment. */
  constructor(name: string, primary: SimulatedServer, options: ReplicaOptions = {}) {
    const { lagMs = 0, timeline, ...rest } = options;
    const { clock, cluster } = primary;
    const { secondPasswords } = primary;
    super(name, { clock, ...timeline && { timeline } }, { secondPasswords, ...rest, cluster });
    this.#lagMs = lagMs;
    this.adopt(primary.snapshot());
    primary.follow((change) => {
      this.#received.push(change);
      this.#schedule();
    });
  }

  /** Always: it refuses to write. */
  override get standby(): boolean {
    return true;
  }

  /** How long after its primary it applies a change; also those that it has received already. */
  get lagMs(): number {
    return this.#lagMs;
  }

  set lagMs(lagMs: number) {
    this.#lagMs = lagMs;
    this.#schedule();
  }

  /** Whether it applies nothing of its own accord. */
  get paused(): boolean {
    return this.#paused;
  }

  /** How many changes it has not applied yet. */
  get behind(): number {
    return this.#received.length;
  }

  /** Applies nothing from now on. */
  pause(): void {
    this.#paused = true;
    this.#schedule();
    this.note("replay paused");
  }

  /** Applies again, and at once what is due. */
  resume(): void {
    this.#paused = false;
    this.note("replay resumed");
    this.#schedule();
  }

  /** Applies the next change now, paused or not. Returns whether there was one. */
  applyNext(): boolean {
    const applied = this.#apply();
    this.#schedule();
    return applied;
  }

  /** Cancels every statement under way, because of what is replayed (40001). Returns how many. */
  conflict(): number {
    let cancelled = 0;
    for (const session of [...this.sessions]) {
      if (session.cancel(new SimulatedServerError("40001", "ERROR"))) cancelled++;
    }
    return cancelled;
  }

  #apply(): boolean {
    const change = this.#received.shift();
    if (change === undefined) return false;
    this.adopt(change.users);
    this.note(`applied: ${change.what}`);
    return true;
  }

  /** Applies what is due, and sets the timer for the next one. */
  #schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#paused) return;
    for (;;) {
      const next = this.#received[0];
      if (next === undefined) return;
      const inMs = next.atMs + this.#lagMs - this.clock.monotonicMs();
      if (inMs === Infinity) return;
      if (inMs > 0) {
        this.#timer = this.clock.setTimer(inMs, () => this.applyNext());
        return;
      }
      this.#apply();
    }
  }
}
