/** Sees to it that a version which the store names, and the server does not accept yet, is tried. */

import type { Clock, Timer } from "../clock.ts";
import type { Ladder } from "./ladder.ts";
import type { EndpointUsers } from "./users.ts";

/** The pursuit of the pushed version: by a probe now, and by another one when that came too early. */
export class Pursuit {
  readonly #ladder: Ladder;
  readonly #users: EndpointUsers;
  readonly #clock: Clock;
  readonly #reprobeMs: number;
  #timer: Timer | undefined;

  constructor(ladder: Ladder, users: EndpointUsers, clock: Clock, reprobeMs: number) {
    this.#ladder = ladder;
    this.#users = users;
    this.#clock = clock;
    this.#reprobeMs = reprobeMs;
  }

  /** Has the version probed: now, or later if it was rejected. */
  now(): void {
    const { target, isBehind } = this.#ladder;
    if (target !== undefined) this.#users.probe(target);
    else if (isBehind && this.#timer === undefined) this.later();
  }

  /** Has it probed again, at most once in `reprobeMs`, for as long as there are users. */
  later(): void {
    this.stop();
    if (!this.#users.any) return;
    this.#timer = this.#clock.setTimer(this.#reprobeMs, () => {
      this.#timer = undefined;
      this.#ladder.reprobe(this.#clock.monotonicMs());
      this.now();
    });
  }

  /** Stops the timer. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
