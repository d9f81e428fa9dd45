/** Somebody who logs in all the time. */

import { deferred } from "../../../core/deferred.ts";
import type { Address } from "../databases/database.ts";
import { loginCode } from "../databases/mysql.ts";

/** What came of the logins. */
export interface Watched {
  readonly succeeded: number;
  /** The codes of those that failed. */
  readonly failed: readonly string[];
}

/** Logs in again and again while `work` is done, and at least once before and after. */
export async function watched(
  at: Address,
  user: string,
  password: string,
  work: () => Promise<void>,
): Promise<Watched> {
  const failed: string[] = [];
  let succeeded = 0;
  let over = false;
  const first = deferred<void>();
  const watching = (async () => {
    for (let last = false; !last;) {
      last = over;
      const code = await loginCode(at, user, password);
      if (code === "ok") succeeded++;
      else failed.push(code);
      first.resolve();
    }
  })();
  await first.promise;
  try {
    await work();
  } finally {
    over = true;
    await watching;
  }
  return { succeeded, failed };
}
