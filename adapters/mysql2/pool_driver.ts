/** mysql2 for the pool: connects, closes, and hears of what becomes of connections. */

import type { ResolvedClientOptions } from "../../core/client/options.ts";
import { serverOf } from "../../core/client/server.ts";
import type { Credential } from "../../core/credential.ts";
import type { Failure } from "../../core/failure.ts";
import type { PoolDriver, RotatingPool } from "../../core/pool/rotating_pool.ts";
import type { Slot } from "../../core/pool/slot.ts";
import { classifyLogin } from "./classify.ts";
import { openConnection } from "./driver/open.ts";
import { Physical, type PhysicalListener, type PhysicalOptions } from "./driver/physical.ts";
import type { CorePool, MysqlFactory } from "./driver/port.ts";
import { tell } from "./pool_events.ts";
import type { Statement } from "./statement.ts";

/** What the driver needs besides its factory. */
export type MysqlDriverOptions = ResolvedClientOptions & PhysicalOptions;

/** Connects and closes. The pool is given later: each needs the other. */
export class MysqlPoolDriver implements PoolDriver<Physical>, PhysicalListener {
  readonly #factory: MysqlFactory;
  readonly #front: CorePool;
  readonly #options: MysqlDriverOptions;
  pool!: RotatingPool<Physical>;

  constructor(factory: MysqlFactory, front: CorePool, options: MysqlDriverOptions) {
    this.#factory = factory;
    this.#front = front;
    this.#options = options;
  }

  /** @inheritdoc */
  async connect(credential: Credential, timeoutMs: number): Promise<Physical> {
    const { allowInsecureTransport, clock } = this.#options;
    const { username, password } = credential;
    const opened = await openConnection(
      this.#factory,
      { ...serverOf(this.#options, credential), username, password },
      { clock, timeoutMs, allowInsecureTransport, silent: true },
    );
    return new Physical(opened, this.#options);
  }

  /** @inheritdoc */
  classify(error: unknown): Failure {
    return classifyLogin(error);
  }

  /** @inheritdoc */
  attach(slot: Slot<Physical>): void {
    const physical = slot.connection;
    physical.slot = slot;
    physical.listen(this);
    // Where apps set their session up: what they send here comes before everything else.
    tell(this.#front, "connection", physical.core);
  }

  /** @inheritdoc */
  ping(physical: Physical): Promise<void> {
    return physical.ping();
  }

  /** @inheritdoc */
  close(physical: Physical): void {
    physical.close(physical.owner !== undefined || physical.busy);
  }

  /** Sends a statement on whatever connection is free. */
  dispatch(statement: Statement): void {
    let served = false;
    this.pool.dispatch({
      kind: "share",
      serve: ({ connection }) => {
        served = true;
        tell(this.#front, "acquire", connection.core);
        connection.send(statement);
        // The driver sends one statement after the other: another connection may be faster.
        return false;
      },
      fail: (error) => {
        served = true;
        statement.reject(error);
      },
    });
    if (!served) tell(this.#front, "enqueue");
  }

  /** @inheritdoc */
  resend(statement: Statement): void {
    const again = statement.again();
    // Not within the driver's own handling of the loss.
    queueMicrotask(() => this.dispatch(again));
  }

  /** @inheritdoc */
  drained(physical: Physical): void {
    if (physical.owner === undefined) this.giveBack(physical);
    else physical.owner.drained();
  }

  /** Whoever waits may have the connection: nothing is on its way any more, and nobody owns it. */
  giveBack(physical: Physical): void {
    // Its end will be told; with nobody left on it, it would look like a farewell.
    if (physical.dead) return;
    const slot = physical.slot!;
    const back = (error: unknown) => {
      tell(this.#front, "release", physical.core);
      if (error) this.pool.discard(slot);
      else if (slot.state === "reserved") this.pool.release(slot);
      else this.pool.settled(slot);
    };
    if (this.#front.config.resetOnRelease === true) physical.core.reset(back);
    else back(undefined);
  }

  /** @inheritdoc */
  spent({ slot, dead }: Physical): void {
    if (slot === undefined) return;
    // Nobody is there to be told of the loss; it is more than a farewell.
    if (dead && slot.state === "idle") this.pool.closed(slot);
    else this.pool.retire(slot);
  }

  /** @inheritdoc */
  closed(physical: Physical): void {
    if (physical.slot !== undefined) this.pool.closed(physical.slot);
  }
}
