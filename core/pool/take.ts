/** A connection for one owner, until he gives it back. */

import type { RotatingPool } from "./rotating_pool.ts";
import type { Slot } from "./slot.ts";

/** Waits for a connection; what `own` makes of it has it to itself. */
export function take<C, T>(
  pool: Pick<RotatingPool<C>, "dispatch">,
  own: (slot: Slot<C>) => T,
): Promise<T> {
  return new Promise((resolve, reject) => {
    pool.dispatch({
      kind: "own",
      serve(slot) {
        resolve(own(slot));
        return false;
      },
      fail: reject,
    });
  });
}
