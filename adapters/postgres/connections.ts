/** The pool, and who has which of its connections to himself. */

import type { RotatingPool } from "../../core/pool/rotating_pool.ts";
import type { Physical } from "./driver/physical.ts";
import type { DriverQuery } from "./driver/port.ts";

/** What the owner of a reserved connection hears. */
export interface Owner {
  /** Everything that was sent is answered, or the connection is gone. */
  drained(): void;
  /** Takes back a statement that was not sent yet. Returns whether it was here. */
  withdraw(query: DriverQuery): boolean;
}

/** What statements need to find a connection. */
export interface Connections {
  readonly pool: RotatingPool<Physical>;
  /** Owners of reserved connections. */
  readonly owners: Map<Physical, Owner>;
}
