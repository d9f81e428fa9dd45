/** The pool: who gets which connection, and when one is opened or closed. No I/O of its own. */

import type { Clock, Timer } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import { Drain } from "./drain.ts";
import type { PoolSettings } from "./options.ts";
import type { Slot } from "./slot.ts";
import type { Waiter } from "./waiter.ts";

/** What the pool asks of the shell around it. */
export interface PoolEffects<C> {
  /** Opens a connection; `opened` or `openFailed` tells how it went. */
  open(): void;
  /** A connection has its place in the pool; called before it serves anybody. */
  attach(slot: Slot<C>): void;
  /** Closes a connection, in use or not; `closed` tells when it is. */
  close(connection: C): void;
}

/** A snapshot of a pool. */
export interface PoolStats {
  /** The version of new connections; undefined before the first login. */
  readonly versionId: string | undefined;
  /** Connections open, closing ones included. */
  readonly total: number;
  /** Connections that do nothing. */
  readonly idle: number;
  /** Connections that somebody has to himself. */
  readonly reserved: number;
  /** Connections that are being opened. */
  readonly opening: number;
  /** Connections of older generations. */
  readonly draining: number;
  /** Statements and owners that wait for a connection. */
  readonly waiting: number;
}

/** After an opening that failed, the next one for those still waiting begins after this long. */
const reopenMs = 250;

/**
 * A pool of connections that carry generations. When the generation changes, idle connections of
 * older ones close at once and busy ones when they come back; nothing that is in use is cut off
 * before the drain deadline.
 */
export class Pool<C> {
  readonly #settings: PoolSettings;
  readonly #effects: PoolEffects<C>;
  readonly #clock: Clock;
  readonly #slots = new Set<Slot<C>>();
  /** FIFO, like the driver's own queues: every connection gets its share of the work. */
  readonly #idle: Slot<C>[] = [];
  readonly #busy: Slot<C>[] = [];
  readonly #waiters: Waiter<C>[] = [];
  readonly #drain: Drain;
  #opening = 0;
  #ended = false;
  #generation: string | undefined;
  #ending: PromiseWithResolvers<void> | undefined;
  #reopen: Timer | undefined;

  constructor(settings: PoolSettings, effects: PoolEffects<C>) {
    this.#settings = settings;
    this.#effects = effects;
    this.#clock = settings.clock;
    this.#drain = new Drain({
      name: settings.name,
      drainMs: settings.drainMs,
      clock: settings.clock,
      onEvent: settings.onEvent,
      force: () => this.#forceOld(),
    });
  }

  /** Whether there is a connection that would go on with an older credential. */
  get hasConnections(): boolean {
    return this.#slots.size > 0;
  }

  /** Whether `end` was called. */
  get ending(): boolean {
    return this.#ending !== undefined;
  }

  /** Serves `waiter` with a connection: now if there is one, else in its turn. */
  dispatch(waiter: Waiter<C>): void {
    if (this.#ending !== undefined) return waiter.fail(endedError(this.#settings.name));
    const slot = this.#waiters.length > 0 ? undefined : this.#pick(waiter.kind);
    if (slot === undefined) {
      this.#waiters.push(waiter);
      this.#pump();
    } else {
      this.#serve(slot, waiter);
    }
  }

  /** Takes a waiter back. Returns whether it was still waiting. */
  withdraw(waiter: Waiter<C>): boolean {
    const index = this.#waiters.indexOf(waiter);
    if (index >= 0) this.#waiters.splice(index, 1);
    this.#checkEnd();
    return index >= 0;
  }

  /** A connection was opened. */
  opened(connection: C, versionId: string): void {
    this.#opening--;
    if (this.#ended) return this.#effects.close(connection);
    const slot: Slot<C> = {
      connection,
      versionId,
      state: "full",
      // Of another generation than the pool, perhaps: one host name may be several servers, and a
      // connection that had to fall back is as good as any.
      retired: false,
      outdated: false,
      lifetime: undefined,
    };
    this.#slots.add(slot);
    const { maxLifetimeMs, lifetimeJitter, random } = this.#settings;
    if (maxLifetimeMs !== Infinity) {
      const lifetimeMs = maxLifetimeMs * (1 - lifetimeJitter * random.next());
      slot.lifetime = this.#clock.setTimer(lifetimeMs, () => this.#retire(slot));
    }
    this.#effects.attach(slot);
    this.settled(slot);
  }

  /** A connection could not be opened. */
  openFailed(error: unknown): void {
    this.#opening--;
    if (this.#opening > 0) return;
    // Whoever waits will be served by a connection that lives, if there is one.
    const alive = [...this.#slots].some((slot) => !slot.retired && slot.state !== "closing");
    if (alive) {
      this.#reopen ??= this.#clock.setTimer(reopenMs, () => {
        this.#reopen = undefined;
        this.#pump();
      });
    } else {
      for (const waiter of this.#waiters.splice(0)) waiter.fail(error);
    }
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

  /** Nothing is on its way on this connection any more: it may take new work, or go. */
  settled(slot: Slot<C>): void {
    if (slot.state === "gone" || slot.state === "closing" || slot.state === "reserved") return;
    this.#unlist(slot);
    while (!slot.retired && this.#waiters.length > 0) {
      const waiter = this.#waiters[0]!;
      if (waiter.kind === "own" && slot.state === "busy") break;
      this.#waiters.shift();
      if (waiter.kind === "own") {
        slot.state = "reserved";
        waiter.serve(slot);
        return;
      }
      slot.state = "busy";
      if (!waiter.serve(slot)) {
        slot.state = "full";
        return;
      }
      // Fair shares: connections on their way take the rest.
      if (this.#opening > 0 || this.#idle.length > 0) break;
    }
    this.#list(slot, slot.state === "busy" ? "busy" : "idle");
  }

  /** The owner of a reserved connection gives it back. */
  release(slot: Slot<C>): void {
    if (slot.state !== "reserved") return;
    slot.state = "full";
    this.settled(slot);
  }

  /** Gives a connection no new work; it closes as soon as nothing is on its way. */
  retire(slot: Slot<C>): void {
    this.#retire(slot);
  }

  /** Ends a connection that nobody can use any more; what was on it is the caller's business. */
  discard(slot: Slot<C>): void {
    if (slot.state !== "gone" && slot.state !== "closing") this.#close(slot);
  }

  /** A connection was lost, or is closed now. */
  closed(slot: Slot<C>): void {
    if (slot.state === "gone") return;
    const lost = slot.state !== "closing";
    this.#unlist(slot);
    slot.state = "gone";
    slot.lifetime?.cancel();
    this.#slots.delete(slot);
    if (lost) {
      const { name, onEvent } = this.#settings;
      onEvent({ type: "connection-lost", endpoint: name, versionId: slot.versionId });
    }
    if (slot.outdated) this.#drain.update(this.#old());
    this.#pump();
    this.#checkEnd();
  }

  /** New connections are of this generation from now on. */
  adopt(versionId: string): void {
    if (this.#generation === versionId) return;
    const first = this.#generation === undefined;
    this.#generation = versionId;
    for (const slot of [...this.#slots]) {
      // A roll-back makes the connections of the version it returns to current again.
      slot.outdated = slot.versionId !== versionId;
      if (slot.outdated) this.#retire(slot);
    }
    const draining = this.#old();
    if (first) return;
    const { name, onEvent } = this.#settings;
    onEvent({ type: "swap-completed", endpoint: name, to: versionId, draining });
    this.#drain.update(draining);
  }

  /**
   * Takes no new work, serves who waits, closes every connection as it becomes idle; after
   * `timeoutMs` closes the rest under its users. Always ends.
   */
  end(timeoutMs: number): Promise<void> {
    if (this.#ending !== undefined) return this.#ending.promise;
    this.#ending = Promise.withResolvers();
    const timer = this.#clock.setTimer(timeoutMs, () => {
      for (const waiter of this.#waiters.splice(0)) waiter.fail(endedError(this.#settings.name));
      for (const slot of [...this.#slots]) this.#close(slot);
      // A server that does not even close: nobody waits for it any longer.
      this.#finish();
    });
    this.#ending.promise.then(() => timer.cancel());
    for (const slot of [...this.#idle]) this.#retire(slot);
    this.#checkEnd();
    return this.#ending.promise;
  }

  /** A snapshot. */
  stats(): PoolStats {
    const reserved = [...this.#slots].filter((slot) => slot.state === "reserved").length;
    return Object.freeze({
      versionId: this.#generation,
      total: this.#slots.size,
      idle: this.#idle.length,
      reserved,
      opening: this.#opening,
      draining: this.#old(),
      waiting: this.#waiters.length,
    });
  }

  #pick(kind: Waiter<C>["kind"]): Slot<C> | undefined {
    if (this.#idle.length > 0) return this.#idle.shift();
    // Open one rather than queue behind others; share when no more may be opened.
    if (kind === "own" || this.#slots.size + this.#opening < this.#settings.max) return undefined;
    return this.#busy.shift();
  }

  #serve(slot: Slot<C>, waiter: Waiter<C>): void {
    if (waiter.kind === "own") {
      slot.state = "reserved";
      waiter.serve(slot);
      return;
    }
    slot.state = "busy";
    const room = waiter.serve(slot);
    // Serving may have killed it.
    if ((slot.state as Slot<C>["state"]) !== "busy") return;
    if (room) this.#busy.push(slot);
    else slot.state = "full";
  }

  #pump(): void {
    const wanted = this.#waiters.length - this.#opening;
    const room = this.#settings.max - this.#slots.size - this.#opening;
    for (let n = Math.min(wanted, room); n > 0; n--) {
      this.#opening++;
      this.#effects.open();
    }
  }

  #list(slot: Slot<C>, state: "idle" | "busy"): void {
    if (slot.retired && state === "idle" || this.#ending !== undefined && state === "idle") {
      return this.#close(slot);
    }
    slot.state = state;
    (state === "idle" ? this.#idle : this.#busy).push(slot);
  }

  #unlist(slot: Slot<C>): void {
    const list = slot.state === "idle"
      ? this.#idle
      : slot.state === "busy"
      ? this.#busy
      : undefined;
    const index = list?.indexOf(slot) ?? -1;
    if (index >= 0) list!.splice(index, 1);
    if (slot.state === "idle" || slot.state === "busy") slot.state = "full";
  }

  #retire(slot: Slot<C>): void {
    slot.retired = true;
    if (slot.state === "idle") this.#close(slot);
    else if (slot.state === "busy") this.#unlist(slot);
  }

  #close(slot: Slot<C>): void {
    if (slot.state === "closing" || slot.state === "gone") return;
    this.#unlist(slot);
    slot.state = "closing";
    slot.lifetime?.cancel();
    this.#effects.close(slot.connection);
  }

  #old(): number {
    let count = 0;
    for (const slot of this.#slots) if (slot.outdated) count++;
    return count;
  }

  #forceOld(): number {
    const old = [...this.#slots].filter((slot) => slot.outdated && slot.state !== "closing");
    for (const slot of old) this.#close(slot);
    return old.length;
  }

  #checkEnd(): void {
    if (this.#ending === undefined || this.#waiters.length > 0) return;
    for (const slot of [...this.#idle]) this.#close(slot);
    if (this.#slots.size === 0 && this.#opening === 0) this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    this.#reopen?.cancel();
    this.#drain.stop();
    this.#ending!.resolve();
  }
}

function endedError(name: string): RekeyError {
  return new RekeyError(
    "CLOSED",
    `The pool of ${name} was ended: it takes no statements any more.`,
  );
}
