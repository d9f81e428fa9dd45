/** A pool whose connections are numbers, driven by hand. */

import type { RekeyEvent } from "../../core/events.ts";
import { type PoolOptions, resolvePoolOptions } from "../../core/pool/options.ts";
import { Pool } from "../../core/pool/pool.ts";
import type { Slot } from "../../core/pool/slot.ts";
import type { Waiter } from "../../core/pool/waiter.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";

/** See above. */
export class Bench {
  readonly clock = new ManualClock();
  readonly events: RekeyEvent[] = [];
  readonly pool: Pool<number>;
  readonly slots = new Map<number, Slot<number>>();
  readonly closing: number[] = [];
  readonly pinging: number[] = [];
  /** Who was served with which connection, in order. */
  readonly served: [waiter: string, connection: number][] = [];
  readonly failed: [waiter: string, code: string][] = [];
  /** What was given to each opening under way. */
  readonly underWay: number[] = [];
  onAttach: (slot: Slot<number>) => void = () => {};
  #lastConnection = 0;

  constructor(options: PoolOptions = {}) {
    const { clock } = this;
    this.pool = new Pool({
      name: "db:5432",
      clock,
      random: constantRandom(0.5),
      onEvent: (event) => this.events.push(event),
      ...resolvePoolOptions({ max: 2, lifetimeJitter: 0, ...options }),
    }, {
      open: (arrivals) => void this.underWay.push(arrivals),
      attach: (slot) => {
        this.slots.set(slot.connection, slot);
        this.onAttach(slot);
      },
      ping: ({ connection }) => void this.pinging.push(connection),
      close: (connection) => void this.closing.push(connection),
    });
  }

  /** A waiter; `room` says whether more may share the connection afterwards. */
  waiter(name: string, kind: Waiter<number>["kind"] = "share", room = false): Waiter<number> {
    return {
      kind,
      serve: ({ connection }) => {
        this.served.push([name, connection]);
        return room;
      },
      fail: (error) => this.failed.push([name, (error as { code: string }).code]),
    };
  }

  dispatch(name: string, kind?: Waiter<number>["kind"], room?: boolean): Waiter<number> {
    const waiter = this.waiter(name, kind, room);
    this.pool.dispatch(waiter);
    return waiter;
  }

  get openings(): number {
    return this.underWay.length;
  }

  /** The opening that has been under way for longest succeeds. */
  opened(versionId = "v1"): number {
    this.underWay.shift();
    this.pool.opened(++this.#lastConnection, versionId);
    return this.#lastConnection;
  }

  failedToOpen(code = "NO"): void {
    this.pool.openFailed(Object.assign(new Error(code), { code }), this.underWay.shift()!);
  }

  settled(connection: number): void {
    this.pool.settled(this.slots.get(connection)!);
  }

  release(connection: number): void {
    this.pool.release(this.slots.get(connection)!);
  }

  closed(connection: number): void {
    this.pool.closed(this.slots.get(connection)!);
  }

  stateOf(connection: number): string {
    return this.slots.get(connection)!.state;
  }

  typesOf(): string[] {
    return this.events.map(({ type }) => type);
  }
}
