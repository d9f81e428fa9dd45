/** One session of the rotator at a time, where two would disturb each other. */

import { RekeyError } from "../../../core/errors.ts";
import { hex } from "./literal.ts";
import type { Server } from "./server.ts";

const timeoutS = 30;

/**
 * Does `work` while no other session works on `what`, on the whole server.
 *
 * @throws {RekeyError} `ROTATION_UNDER_WAY` when another one does not end within 30 seconds
 */
export async function exclusively<T>(
  server: Server,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  // A lock's name may have 64 characters: as many as the digest has.
  const name = `sha2(concat('rekey: ', ${hex(what)}), 256)`;
  const [row] = await server.query(`select get_lock(${name}, ${timeoutS}) as taken`);
  if (Number(row?.taken) !== 1) {
    throw new RekeyError(
      "ROTATION_UNDER_WAY",
      `Another session of the rotator has been at work on ${what} for ${timeoutS} s. ` +
        `Nothing was changed. Repeat the step when it has ended.`,
    );
  }
  try {
    return await work();
  } finally {
    // The end of the session releases it as well.
    await server.query(`do release_lock(${name})`).catch(() => {});
  }
}
