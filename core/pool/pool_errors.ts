/** The errors with which a pool fails those who wait. */

import { RekeyError } from "../errors.ts";

/** `end` was called. */
export function endedError(pool: string): RekeyError {
  return new RekeyError(
    "CLOSED",
    `The pool of ${pool} was ended: it takes no statements any more.`,
  );
}

/** The server accepts logins and ends the connections. */
export function droppedError(pool: string): RekeyError {
  return new RekeyError(
    "LOGIN_REFUSED",
    `${pool} accepts logins and ends every connection before its first use. Check the server's ` +
      `log, and what is between it and here.`,
  );
}
