/** postgres.js for the pool: connects, closes, and sends statements. */

import type { Credential } from "../../core/credential.ts";
import type { ResolvedClientOptions } from "../../core/client/options.ts";
import { serverOf } from "../../core/client/server.ts";
import type { Failure } from "../../core/failure.ts";
import type { PoolDriver, RotatingPool } from "../../core/pool/rotating_pool.ts";
import type { Slot } from "../../core/pool/slot.ts";
import { classify } from "./classify.ts";
import type { Connections, Owner } from "./connections.ts";
import { type Front, shareFront } from "./driver/front.ts";
import { openConnection } from "./driver/open.ts";
import { Physical, type PhysicalListener } from "./driver/physical.ts";
import type { DriverSql, PostgresFactory } from "./driver/port.ts";
import type { RotatingQuery } from "./driver/rotating_query.ts";
import { openReplication } from "./driver/replication.ts";
import type { DriverSubscribe } from "./subscriber.ts";

/** Connects and closes. The pool is given later: each needs the other. */
export class PostgresPoolDriver<S extends DriverSql>
  implements PoolDriver<Physical>, PhysicalListener, Connections {
  readonly #factory: PostgresFactory<S>;
  readonly #front: Front<S>;
  readonly #options: ResolvedClientOptions;
  /** @inheritdoc */
  readonly resend: (query: RotatingQuery) => void;
  /** @inheritdoc */
  readonly owners = new Map<Physical, Owner>();
  pool!: RotatingPool<Physical>;
  /** The pool has a new generation. */
  onSwap: (() => void) | undefined;

  constructor(
    factory: PostgresFactory<S>,
    front: Front<S>,
    options: ResolvedClientOptions,
    resend: (query: RotatingQuery) => void,
  ) {
    this.#factory = factory;
    this.#front = front;
    this.#options = options;
    this.resend = resend;
  }

  /** @inheritdoc */
  async connect(credential: Credential, timeoutMs: number): Promise<Physical> {
    const { clock, allowInsecureTransport } = this.#options;
    const { username, password } = credential;
    let physical: Physical | undefined;
    const onNotification = (channel: string, payload: string) =>
      physical?.onNotification?.(channel, payload);
    const { sql, socket, connection } = await openConnection(
      this.#factory,
      { ...serverOf(this.#options, credential), username, password, onNotification },
      {
        clock,
        timeoutMs,
        allowInsecureTransport,
        prepare: (own) => shareFront(this.#front.options, own),
      },
    );
    return physical = new Physical(sql, socket, connection);
  }

  /** Connects for logical replication. */
  replicate(
    credential: Credential,
    timeoutMs: number,
    first: Parameters<DriverSubscribe>,
    lost: () => void,
  ): ReturnType<typeof openReplication> {
    const { clock, allowInsecureTransport } = this.#options;
    const { username, password } = credential;
    return openReplication(
      this.#factory,
      { ...serverOf(this.#options, credential), username, password },
      { clock, timeoutMs, allowInsecureTransport, front: this.#front.options, first, lost },
    );
  }

  /** @inheritdoc */
  classify(error: unknown): Failure {
    return classify(error);
  }

  /** @inheritdoc */
  attach(slot: Slot<Physical>): void {
    const physical = slot.connection;
    physical.slot = slot;
    physical.listen(this);
  }

  /** @inheritdoc */
  ping(physical: Physical): Promise<unknown> {
    return physical.ping();
  }

  /** @inheritdoc */
  swapped(): void {
    this.onSwap?.();
  }

  /** @inheritdoc */
  close(physical: Physical): void {
    physical.close(this.owners.has(physical) || physical.busy);
  }

  /** @inheritdoc */
  drained(physical: Physical): void {
    const owner = this.owners.get(physical);
    if (owner !== undefined) owner.drained();
    else if (physical.slot !== undefined) this.pool.settled(physical.slot);
  }

  /** @inheritdoc */
  lost(physical: Physical): void {
    if (physical.slot !== undefined) this.pool.retire(physical.slot);
  }

  /** @inheritdoc */
  closed(physical: Physical): void {
    // First, so that the pool hears of the loss before the owner lets go.
    if (physical.slot !== undefined) this.pool.closed(physical.slot);
    this.owners.get(physical)?.drained();
  }
}
