/** The pool: who gets which connection, and when one is opened or closed. No I/O of its own. */

import { Ending } from "./ending.ts";
import { Generation } from "./generation.ts";
import { IdleWatch } from "./idle_watch.ts";
import type { PoolSettings } from "./options.ts";
import { droppedError, endedError } from "./pool_errors.ts";
import type { PoolEffects, PoolStats } from "./port.ts";
import { Reopening } from "./reopening.ts";
import { newSlot, type Slot } from "./slot.ts";
import { Slots } from "./slots.ts";
import type { Waiter } from "./waiter.ts";
import { Waiters } from "./waiters.ts";

export type { PoolEffects, PoolStats } from "./port.ts";

/**
 * A pool of connections that carry generations. When the generation changes, idle connections of
 * older ones close at once and busy ones when they come back; nothing that is in use is cut off
 * before the drain deadline.
 */
export class Pool<C> {
  readonly #settings: PoolSettings;
  readonly #effects: PoolEffects<C>;
  readonly #slots = new Slots<C>();
  readonly #waiters = new Waiters<C>();
  readonly #generation: Generation<C>;
  readonly #reopening: Reopening<C>;
  readonly #idleWatch: IdleWatch<C>;
  readonly #ending = new Ending();
  #opening = 0;

  constructor(settings: PoolSettings, effects: PoolEffects<C>) {
    this.#settings = settings;
    this.#effects = effects;
    this.#generation = new Generation(this.#slots, settings, (slot) => this.#close(slot));
    this.#reopening = new Reopening(settings.clock, () => this.#pump());
    this.#idleWatch = new IdleWatch(this.#slots, settings, (slot) => effects.ping(slot));
  }

  /** Whether there is, or will be in a moment, a connection with an older credential. */
  get hasConnections(): boolean {
    return this.#slots.size + this.#opening > 0;
  }

  /** Whether a probe may be opened: it is the one that `max` does not count. */
  get hasRoomForProbe(): boolean {
    return this.#slots.size + this.#opening <= this.#settings.max;
  }

  /** Whether `end` was called. */
  get ending(): boolean {
    return this.#ending.begun;
  }

  /** Serves `waiter` with a connection: now if there is one, else in its turn. */
  dispatch(waiter: Waiter<C>): void {
    if (this.#ending.begun) return waiter.fail(endedError(this.#settings.name));
    this.#idleWatch.pingSuspects();
    const slot = this.#waiters.size > 0 ? undefined : this.#pick(waiter.kind);
    if (slot !== undefined) return this.#serve(slot, waiter);
    this.#waiters.add(waiter);
    this.#pump();
  }

  /** Takes a waiter back. Returns whether it was still waiting. */
  withdraw(waiter: Waiter<C>): boolean {
    const waited = this.#waiters.withdraw(waiter);
    this.#checkEnd();
    return waited;
  }

  /**
   * A connection was opened. It may be of another generation than the pool's: one host name may be
   * several servers, and a connection that had to fall back is as good as any.
   *
   * @param maxLifetimeMs for how long it is kept, when not for as long as the others
   */
  opened(connection: C, versionId: string, maxLifetimeMs = this.#settings.maxLifetimeMs): void {
    this.#opening--;
    if (this.#ending.over) return this.#effects.close(connection);
    const slot = newSlot(connection, versionId);
    this.#slots.add(slot);
    this.#reopening.opened(slot);
    const { clock, lifetimeJitter, random } = this.#settings;
    if (maxLifetimeMs !== Infinity) {
      const lifetimeMs = maxLifetimeMs * (1 - lifetimeJitter * random.next());
      slot.lifetime = clock.setTimer(lifetimeMs, () => this.retire(slot));
    }
    this.#effects.attach(slot);
    this.settled(slot);
    this.#pump();
  }

  /**
   * A connection could not be opened. Those who waited already when that began are told, unless a
   * connection will serve them: whatever else is being opened, they have waited for long enough.
   *
   * @param arrivals what `open` was given
   */
  openFailed(error: unknown, arrivals: number): void {
    this.#opening--;
    if (!this.#willServe()) {
      this.#waiters.fail(error, arrivals);
      this.#pump();
    } else if (this.#opening === 0) this.#reopening.failed();
    this.#checkEnd();
  }

  /** A probe is opened beside the others: one connection above `max`. */
  openProbe(): void {
    this.#opening++;
  }

  /** A probe ended without a connection. */
  probeFailed(): void {
    this.#opening--;
    this.#pump();
    this.#checkEnd();
  }

  /** Closes a connection that does nothing. Returns which one, if there is any. */
  evictIdle(): Slot<C> | undefined {
    const slot = this.#slots.takeIdle();
    if (slot !== undefined) this.#close(slot);
    return slot;
  }

  /** Nothing is on its way on this connection any more: it may take new work, or go. */
  settled(slot: Slot<C>): void {
    // A ping is no work: that it was answered is told by `pinged`, and by nothing else.
    if (slot.state !== "busy" && slot.state !== "full") return;
    this.#slots.unlist(slot);
    const next = slot.retired ? undefined : this.#waiters.next();
    if (next === undefined) {
      if (slot.retired || this.#ending.begun) return this.#close(slot);
      this.#slots.list(slot, "idle");
      return this.#idleWatch.idle();
    }
    this.#serve(slot, next);
    // More may join, unless connections on their way can take them: fair shares.
    while (slot.state === "busy" && this.#waiters.wanted === "share") {
      if (this.#opening > 0 || this.#slots.idle > 0) return;
      this.#slots.unlist(slot);
      this.#serve(slot, this.#waiters.next()!);
    }
  }

  /** The owner of a reserved connection gives it back. */
  release(slot: Slot<C>): void {
    if (slot.state !== "reserved") return;
    slot.state = "full";
    this.settled(slot);
  }

  /** Gives a connection no new work; it closes as soon as nothing is on its way. */
  retire(slot: Slot<C>): void {
    slot.retired = true;
    if (slot.state === "idle") this.#close(slot);
    else this.#slots.unlist(slot);
  }

  /** Ends a connection that nobody can use any more; what was on it is the caller's business. */
  discard(slot: Slot<C>): void {
    this.#close(slot);
  }

  /** A connection is lost, though not closed yet, and whoever had it has let go. */
  lost(slot: Slot<C>): void {
    if (slot.state === "closing" || slot.state === "gone") return;
    this.#reportLost(slot);
    this.#close(slot);
  }

  /** A ping was answered. */
  pinged(slot: Slot<C>): void {
    if (!this.#idleWatch.pingEnded(slot)) return this.#pump();
    slot.state = "full";
    this.settled(slot);
  }

  /** A ping was not answered: the connection is dead, whatever it looks like. */
  pingFailed(slot: Slot<C>): void {
    if (!this.#idleWatch.pingEnded(slot)) return this.#pump();
    this.lost(slot);
  }

  /** A connection was lost, or is closed now. */
  closed(slot: Slot<C>): void {
    if (slot.state === "gone") return;
    const lost = slot.state !== "closing";
    this.#slots.remove(slot);
    slot.lifetime?.cancel();
    if (lost) this.#reportLost(slot);
    if (this.#slots.size === 0) this.#idleWatch.stop();
    // After the end nothing may begin to wait again.
    if (this.#ending.over) return;
    const dropped = this.#reopening.closed(slot);
    if (dropped && this.#opening === 0 && !this.#willServe()) {
      this.#waiters.fail(droppedError(this.#settings.name));
    }
    this.#generation.closed(slot);
    this.#pump();
    this.#checkEnd();
  }

  /** New connections are of this generation from now on. */
  adopt(versionId: string): void {
    if (!this.#generation.adopt(versionId)) return;
    for (const slot of this.#slots.all()) if (slot.outdated) this.retire(slot);
  }

  /**
   * Takes no new work, serves who waits, closes every connection as it becomes idle; after
   * `timeoutMs` closes the rest under its users. Always ends.
   */
  end(timeoutMs: number): Promise<void> {
    if (!this.#ending.begun) {
      this.#ending.begin(this.#settings.clock, timeoutMs, () => {
        this.#waiters.fail(endedError(this.#settings.name));
        for (const slot of this.#slots.all()) this.#close(slot);
        // A server that does not even close: nobody waits for it any longer.
        this.#finish();
      });
      while (this.evictIdle() !== undefined);
      this.#checkEnd();
    }
    return this.#ending.reached;
  }

  /** A snapshot. */
  stats(): PoolStats {
    return Object.freeze({
      versionId: this.#generation.versionId,
      total: this.#slots.size,
      idle: this.#slots.idle,
      reserved: this.#slots.count((slot) => slot.state === "reserved"),
      opening: this.#opening,
      draining: this.#generation.outdated,
      waiting: this.#waiters.size,
    });
  }

  #reportLost({ versionId }: Slot<C>): void {
    const { name, onEvent } = this.#settings;
    onEvent({ type: "connection-lost", endpoint: name, versionId });
  }

  #pick(kind: Waiter<C>["kind"]): Slot<C> | undefined {
    const idle = this.#slots.takeIdle();
    // Open one rather than queue behind others; share when no more may be opened.
    if (idle !== undefined || kind === "own" || this.#room() > 0) return idle;
    return this.#slots.takeBusy();
  }

  #serve(slot: Slot<C>, waiter: Waiter<C>): void {
    this.#reopening.served(slot);
    slot.state = waiter.kind === "own" ? "reserved" : "full";
    const room = waiter.serve(slot);
    // Serving may have settled, retired or killed it.
    if (waiter.kind === "share" && room && slot.state === "full" && !slot.retired) {
      this.#slots.list(slot, "busy");
    }
  }

  #pump(): void {
    if (this.#reopening.paused) return;
    // A connection that is being pinged will most likely serve one of them in a moment.
    const wanted = this.#waiters.size - this.#opening - this.#idleWatch.pinging;
    for (let n = Math.min(wanted, this.#room()); n > 0; n--) {
      this.#opening++;
      this.#effects.open(this.#waiters.arrivals);
    }
  }

  #room(): number {
    return this.#settings.max - this.#slots.size - this.#opening;
  }

  #close(slot: Slot<C>): void {
    if (slot.state === "closing" || slot.state === "gone") return;
    this.#slots.unlist(slot);
    slot.state = "closing";
    slot.lifetime?.cancel();
    this.#effects.close(slot.connection);
  }

  /** Whether there is a connection that comes back by itself: an owner may keep his for ever. */
  #willServe(): boolean {
    const serves = ({ retired, state }: Slot<C>) =>
      !retired && state !== "closing" && state !== "reserved";
    return this.#slots.count(serves) > 0;
  }

  #checkEnd(): void {
    if (!this.#ending.begun || this.#waiters.size > 0) return;
    while (this.evictIdle() !== undefined);
    if (this.#slots.size === 0 && this.#opening === 0) this.#finish();
  }

  #finish(): void {
    this.#reopening.stop();
    this.#idleWatch.stop();
    this.#generation.stop();
    this.#ending.finish();
  }
}
