/** Opens a replication connection: the driver's `subscribe` of an instance of its own. */

import type { Clock } from "../../../core/clock.ts";
import type { DriverSubscribe, Replication, SubscriptionHandle } from "../subscriber.ts";
import { shareFront } from "./front.ts";
import { assertSpread, loginOf, type OpenRequest } from "./open.ts";
import type { DriverOptions, DriverSql, PostgresFactory } from "./port.ts";
import { singleUseSocket } from "./socket.ts";
import { assertProtected } from "./transport.ts";

/** How to connect. */
export interface ReplicationOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly allowInsecureTransport: boolean;
  readonly front: DriverOptions;
  /** The first subscription; the driver connects for it. */
  readonly first: Parameters<DriverSubscribe>;
  /** The connection is gone. */
  readonly lost: () => void;
}

/** Resolves when the first subscription stands. Leaves nothing behind when it rejects. */
export async function openReplication<S extends DriverSql>(
  factory: PostgresFactory<S>,
  request: OpenRequest,
  options: ReplicationOptions,
): Promise<{ replication: Replication; handle: SubscriptionHandle }> {
  const login = loginOf(request);
  const { subscribe, options: outer } = factory(login) as unknown as {
    subscribe: DriverSubscribe & { sql: DriverSql };
    options: DriverOptions;
  };
  assertSpread(outer, login);
  assertProtected(outer, options.allowInsecureTransport);
  // The instance inside, which replicates. It would come back by itself with the old credential, and
  // a login that fails there ends the process.
  const inner = subscribe.sql;
  const own = inner.options as DriverOptions;
  const socket = singleUseSocket(own.socket);
  own.socket = socket.factory;
  let open = false;
  own.onclose = () => {
    if (open) options.lost();
    open = false;
  };
  shareFront(options.front, own);

  const close = () => {
    open = false;
    socket.destroy();
  };
  const timer = options.clock.setTimer(options.timeoutMs, close);
  try {
    const handle = await subscribe(...options.first);
    open = true;
    return { replication: { subscribe, close }, handle };
  } catch (error) {
    close();
    throw error;
  } finally {
    timer.cancel();
  }
}
