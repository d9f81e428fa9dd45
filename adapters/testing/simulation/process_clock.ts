/** The clock of one process in a simulated world. */

import type { Clock, Timer } from "../../../core/clock.ts";

/** A process's clock is no finer than this, in milliseconds. */
const resolutionMs = 0.000_001;
/** So long after it woke a process reads its sockets, in milliseconds. */
const readAfterMs = 5;

/** Who asks for the time so often within a millisecond will never stop. */
const mostAskings = 100_000;

/** A process goes round in a circle without waiting for anything. */
export class StandstillError extends Error {
  /** Always this. */
  override readonly name = "StandstillError";

  /** Thrown where the process asks for the time, so that the circle ends. */
  constructor() {
    super(
      `A process asked ${mostAskings} times for the time within a millisecond of the world's time: ` +
        `it goes round in a circle. The timeline of the world says what it did last.`,
    );
  }
}

interface Entry {
  /** On the process's own clock. */
  readonly atMs: number;
  readonly fn: () => void;
  timer: Timer | undefined;
}

/**
 * A process's view of the world's time. While the process is frozen (a suspended machine, a frozen
 * function) the world goes on: its monotonic clock stands still, its wall clock does not, its timers
 * are late, and answers that arrive wait until it runs again.
 */
export class ProcessClock implements Clock {
  readonly #world: Clock;
  readonly #timers = new Set<Entry>();
  /** Deliveries that wait for the process to run. */
  #held: (() => void)[] = [];
  /** For how long the process did not run so far. */
  #lostMs = 0;
  #wallOffsetMs = 0;
  #frozenAtMs: number | undefined;
  #thaw: Timer | undefined;
  #dead = false;
  /** How often the time was asked for since this moment of the world's time. */
  #askings = 0;
  #sinceMs = -Infinity;
  readonly #onStandstill: (() => void) | undefined;

  /**
   * Runs from the beginning, and shows the time of `world`.
   * @param onStandstill hears of a process that goes round in a circle, which also meets a
   * {@linkcode StandstillError}
   */
  constructor(world: Clock, onStandstill?: () => void) {
    this.#world = world;
    this.#onStandstill = onStandstill;
  }

  /** Whether the process runs. */
  get running(): boolean {
    return this.#frozenAtMs === undefined && !this.#dead;
  }

  /** How many timers the process has set. */
  get timers(): number {
    return this.#timers.size;
  }

  /**
   * Milliseconds during which the process ran.
   * @throws {StandstillError}
   */
  monotonicMs(): number {
    this.#asked();
    return (this.#frozenAtMs ?? this.#world.monotonicMs()) - this.#lostMs;
  }

  /** The world's time, and what the process's own clock is wrong by. */
  wallMs(): number {
    return this.#world.wallMs() + this.#wallOffsetMs;
  }

  /**
   * Runs `fn` when the process has run for `delayMs`.
   * @throws {StandstillError}
   */
  setTimer(delayMs: number, fn: () => void): Timer {
    const entry: Entry = { atMs: this.monotonicMs() + delayMs, fn, timer: undefined };
    this.#timers.add(entry);
    if (this.running) this.#arm(entry);
    return {
      cancel: () => {
        entry.timer?.cancel();
        this.#timers.delete(entry);
      },
    };
  }

  /** Stops the process for `ms` of the world's time. While it stands still already, it goes on doing so. */
  freeze(ms: number): void {
    if (!this.running) return;
    this.#frozenAtMs = this.#world.monotonicMs();
    for (const entry of this.#timers) entry.timer?.cancel();
    this.#thaw = this.#world.setTimer(ms, () => this.#run());
  }

  /** Moves the process's wall clock alone, as an administrator or NTP does. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Resolves when the process runs: at once, or when it is frozen no more. */
  whenRunning(): Promise<void> {
    if (this.running) return Promise.resolve();
    return new Promise((resolve) => this.#held.push(resolve));
  }

  /** Ends the process: nothing of it runs any more. */
  kill(): void {
    this.#dead = true;
    this.#thaw?.cancel();
    for (const entry of this.#timers) entry.timer?.cancel();
    this.#timers.clear();
    this.#held = [];
  }

  /** Without this, a circle without timers would be a silence. */
  #asked(): void {
    const nowMs = this.#world.monotonicMs();
    if (nowMs >= this.#sinceMs + 1) {
      this.#sinceMs = nowMs;
      this.#askings = 0;
    }
    if (++this.#askings < mostAskings) return;
    this.#askings = 0;
    this.#onStandstill?.();
    throw new StandstillError();
  }

  #run(): void {
    this.#lostMs += this.#world.monotonicMs() - this.#frozenAtMs!;
    this.#frozenAtMs = undefined;
    for (const entry of this.#timers) this.#arm(entry);
    // What has arrived is read when the timers that are due have run, and what they set off.
    const held = this.#held.splice(0);
    this.#world.setTimer(readAfterMs, () => {
      for (const deliver of held) {
        if (this.running) deliver();
        else this.#held.push(deliver);
      }
    });
  }

  #arm(entry: Entry): void {
    const leftMs = entry.atMs - this.monotonicMs();
    // The world's clock counts from further away: what is left may be too little for it to notice.
    const delayMs = leftMs > 0 ? Math.max(leftMs, resolutionMs) : 0;
    entry.timer = this.#world.setTimer(delayMs, () => {
      this.#timers.delete(entry);
      entry.fn();
    });
  }
}
