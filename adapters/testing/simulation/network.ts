/** The network of a simulated world: messages take time, and some are lost. */

import { type Clock, delay } from "../../../core/clock.ts";
import type { SeededRandom } from "../seeded_random.ts";
import type { ProcessClock } from "./process_clock.ts";

/**
 * What becomes of a message: it is answered; it is lost before the other side saw it; what it asks
 * for is done and the answer is lost; or nothing is ever heard of it.
 */
export type Fate = "answered" | "lost-before" | "lost-after" | "silent";

/** How a part of the network behaves. */
export interface Weather {
  /** How long a message takes one way, in milliseconds: at least and at most. */
  latencyMs: readonly [least: number, most: number];
  /** Of how many messages in 1, from 0 to 1, something else than an answer becomes. */
  lossRate: number;
  /** What becomes of those. */
  losses: readonly Exclude<Fate, "answered">[];
}

/** A connection that broke: the message may have arrived or not. */
export class LostMessageError extends Error {
  /** Always this. */
  override readonly name = "LostMessageError";
  /** As the operating system names it. */
  readonly code = "ECONNRESET";

  /**
   * Names the server, and no message.
   * @param to the name of the server
   */
  constructor(to: string) {
    super(`The connection to ${to} was reset.`);
  }
}

/** Carries messages between processes and servers. */
export class Network {
  /** The world's time. */
  readonly clock: Clock;
  /** Where latencies and losses are drawn from. */
  readonly random: SeededRandom;
  /** The weather, by the name of the server; a server not named here has the fair one. */
  readonly weather: Map<string, Weather> = new Map();

  /** Fair weather everywhere: 0.5 to 2 milliseconds one way, and nothing is lost. */
  constructor(clock: Clock, random: SeededRandom) {
    this.clock = clock;
    this.random = random;
  }

  /** How a message to `to` fares. */
  draw(to: string): { readonly fate: Fate; readonly latencyMs: number } {
    const { latencyMs: [least, most], lossRate, losses } = this.weather.get(to) ?? fair;
    const latencyMs = least + this.random.next() * (most - least);
    const lost = losses.length > 0 && this.random.next() < lossRate;
    return { fate: lost ? this.random.pick(losses) : "answered", latencyMs };
  }

  /**
   * Sends a message, has the other side handle it, and brings back the answer when the process runs.
   * @throws {LostMessageError} when it was lost, and whatever `handle` throws
   */
  async exchange<T>(from: ProcessClock, to: string, handle: () => T | Promise<T>): Promise<T> {
    const { fate, latencyMs } = this.draw(to);
    await delay(this.clock, latencyMs);
    if (fate === "silent") return await new Promise<never>(() => {});
    let answer: () => T = () => {
      throw new LostMessageError(to);
    };
    if (fate !== "lost-before") {
      try {
        const value = await handle();
        if (fate === "answered") answer = () => value;
      } catch (error) {
        if (fate === "answered") {
          answer = () => {
            throw error;
          };
        }
      }
    }
    await delay(this.clock, latencyMs);
    await from.whenRunning();
    return answer();
  }
}

const fair: Weather = { latencyMs: [0.5, 2], lossRate: 0, losses: [] };
