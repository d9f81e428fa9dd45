/** A pool, and everybody around it: statements, owners, servers and timers that obey a scheduler. */

import { constantRandom } from "../../../adapters/testing/seeded_random.ts";
import type { Clock, Timer } from "../../../core/clock.ts";
import type { Pool } from "../../../core/pool/pool.ts";
import type { Slot } from "../../../core/pool/slot.ts";
import type { Waiter } from "../../../core/pool/waiter.ts";
import { describeGraph } from "./graph.ts";
import type { Machines } from "./opened.ts";

/** What one exploration of the pool is about. */
export interface PoolBounds {
  readonly max: 1 | 2;
  /** Whether a connection takes a second statement while one is on its way. */
  readonly pipelined: boolean;
  /** How long an owner of the slot may keep it after a swap; `Infinity`: for ever. */
  readonly drainMs: number;
  /** Whether connections that were idle for long are pinged. */
  readonly pings: boolean;
  /** How often each may happen, at most. */
  readonly dispatches: number;
  readonly swaps: number;
  readonly losses: number;
  readonly failures: number;
  /** Timers that run out, at most: lifetimes, pauses, deadlines. */
  readonly timeouts: number;
}

/** A connection, as its driver knows it. */
export interface Connection {
  readonly name: string;
  /** Statements on their way. */
  statements: number;
  owned: boolean;
  closing: boolean;
  gone: boolean;
}

/** A timer that runs out when the scheduler says so. */
export interface ModelTimer extends Timer {
  readonly delayMs: number;
  readonly run: () => void;
  live: boolean;
}

/** Somebody who was not served yet, or was. */
interface Client extends Waiter<Connection> {
  answers: number;
}

/** A connection that is being opened. */
interface Opening {
  /** What the pool wants to hear again. */
  readonly arrivals: number;
  /** Who waited when it began. */
  readonly waiting: readonly Client[];
}

/** How long each timer takes is its name: no two kinds take equally long. */
export const delays = { lifetime: 10_000, drain: 20_000, end: 30_000, idle: 40_000 };

/** Fields that do not change, or belong to the explorer. */
const unchanging = new Set([
  "name",
  "run",
  "delayMs",
  "$settings",
  "$effects",
  "$clock",
  "$freeze",
]);

/** See above. */
export class PoolWorld {
  readonly bounds: PoolBounds;
  readonly pool: Pool<Connection>;
  readonly slots: Slot<Connection>[] = [];
  /** Connections that were pinged and have not answered, lost ones included. */
  readonly pings: Slot<Connection>[] = [];
  readonly waiting: Client[] = [];
  readonly trace: string[] = [];
  timers: ModelTimer[] = [];
  spent = { dispatches: 0, swaps: 0, losses: 0, failures: 0, timeouts: 0 };
  /** The one that has been under way for longest comes first. */
  readonly openings: Opening[] = [];
  probing = false;
  ended = false;
  deadlinePassed = false;
  violation: string | undefined;
  #names = 0;

  constructor(bounds: PoolBounds, { Pool }: Machines) {
    this.bounds = bounds;
    this.pool = new Pool<Connection>({
      name: "db:5432",
      clock: this.#clock(),
      random: constantRandom(0.5),
      onEvent: () => {},
      max: bounds.max,
      drainMs: bounds.drainMs,
      maxLifetimeMs: delays.lifetime,
      lifetimeJitter: 0,
      pingAfterIdleMs: bounds.pings ? delays.idle * 2 : Infinity,
      pingTimeoutMs: 1_000,
    }, {
      open: (arrivals) => {
        this.openings.push({ arrivals, waiting: [...this.waiting] });
        this.trace.push("open");
      },
      attach: (slot) => void this.slots.push(slot),
      ping: (slot) => {
        this.pings.push(slot);
        this.trace.push(`ping ${slot.connection.name}`);
      },
      close: (connection) => {
        this.trace.push(`close ${connection.name}`);
        if (connection.closing || connection.gone) this.violation = "a connection is closed twice";
        connection.closing = true;
      },
    });
  }

  /** Two worlds with the same text have the same future. `pool` must be an opened one. */
  key(): string {
    const { dispatches, swaps, losses, failures, timeouts } = this.spent;
    const { pool, slots, pings, waiting, timers, openings } = this;
    return `${describeGraph({ pool, slots, pings, waiting, timers, openings }, unchanging)}/` +
      `${this.probing},${this.ended},${this.deadlinePassed}/` +
      `${dispatches},${swaps},${losses},${failures},${timeouts}`;
  }

  /** Whether the end should be reached; an endpoint tells the pool nothing any more then. */
  get over(): boolean {
    const left = this.slots.length + this.waiting.length + this.openings.length;
    return this.deadlinePassed || this.ended && left === 0 && !this.probing;
  }

  /** The version that the pool has, or is to have next. */
  version(ahead = 0): string {
    return `v${1 + this.spent.swaps + ahead}`;
  }

  connection(): Connection {
    const name = `c${++this.#names}`;
    return { name, statements: 0, owned: false, closing: false, gone: false };
  }

  /** The opening that has been under way for longest fails: whoever waited for it is told. */
  failOpening(): void {
    const { arrivals, waiting } = this.openings.shift()!;
    const willServe = this.slots.some(({ state, retired }) =>
      !retired && state !== "closing" && state !== "reserved"
    );
    this.pool.openFailed(new Error("no login"), arrivals);
    if (!willServe && waiting.some((client) => this.waiting.includes(client))) {
      this.violation = "somebody waits on after the opening that he waited for has failed";
    }
  }

  client(kind: Waiter<Connection>["kind"]): Client {
    const settled = (client: Client) => {
      if (++client.answers > 1) this.violation = "a waiter is answered twice";
      const index = this.waiting.indexOf(client);
      if (index >= 0) this.waiting.splice(index, 1);
    };
    const client: Client = {
      kind,
      answers: 0,
      serve: ({ connection, retired, state }) => {
        settled(client);
        this.trace.push(`serve ${kind} with ${connection.name}`);
        const { closing, gone, owned, statements } = connection;
        if (closing || gone) this.violation = "a waiter is served with a connection that closes";
        if (retired) this.violation = "a waiter is served with a retired connection";
        if (this.pings.some((each) => each.connection === connection)) {
          this.violation = "a waiter is served with a connection that is being pinged";
        }
        if (owned || kind === "own" && statements > 0 || state === "idle") {
          this.violation = "two have one connection, and one of them to himself";
        }
        if (kind === "own") connection.owned = true;
        else connection.statements++;
        return this.bounds.pipelined && connection.statements < 2;
      },
      fail: () => {
        settled(client);
        this.trace.push(`fail ${kind}`);
      },
    };
    return client;
  }

  #clock(): Clock {
    return {
      monotonicMs: () => 0,
      wallMs: () => 0,
      setTimer: (delayMs, run) => {
        const timer: ModelTimer = {
          delayMs,
          live: true,
          run,
          cancel: () => {
            timer.live = false;
            this.timers = this.timers.filter((each) => each !== timer);
          },
        };
        this.timers.push(timer);
        return timer;
      },
    };
  }
}
