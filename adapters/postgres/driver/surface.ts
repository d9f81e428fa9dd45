/** Errors of lost connections, as the app gets them. */

/**
 * The driver gives the same error object to every statement that a lost connection took along; but
 * some may have run and some not. So each gets a copy of its own, with the original code, and the
 * answer to the question that matters.
 */
export function surface(error: unknown, possiblyExecuted: boolean): Error {
  const original = error as Error & Record<string, unknown>;
  // The driver wrote one statement's text and values on what it gives to all.
  const copy = new Error(original.message, { cause: withoutStatement(original) });
  return Object.assign(copy, {
    code: original.code,
    errno: original.errno,
    possiblyExecuted,
  });
}

/** The error of a statement on a connection that is gone: it was not sent. */
export function lostError(): Error {
  const code = "CONNECTION_CLOSED";
  return Object.assign(
    new Error(`${code}: the connection of this transaction was lost; it was rolled back.`),
    { code, errno: code, possiblyExecuted: false },
  );
}

/**
 * The same error without the statement that the driver wrote on it, which was another one's. (Those
 * properties are not enumerable, so a copy of the others does not have them.)
 */
export function withoutStatement(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const own = { message: { value: error.message }, stack: { value: error.stack } };
  return Object.assign(Object.create(Object.getPrototypeOf(error), own), error);
}

/** The error of a statement on a connection that was given back: it was not sent. */
export function releasedError(): Error {
  const code = "CONNECTION_ENDED";
  return Object.assign(
    new Error(`${code}: the transaction or reserved connection of this statement has ended.`),
    { code, errno: code, possiblyExecuted: false },
  );
}

/** The error of a statement that was cancelled before it was sent. */
export function cancelledError(): Error {
  const code = "57014";
  return Object.assign(new Error(`${code}: canceling statement due to user request`), {
    code,
    possiblyExecuted: false,
  });
}

/** The error of a transaction that had failed before its commit, without anybody's being told. */
export function rolledBackError(): Error {
  const code = "25P02";
  return Object.assign(
    new Error(
      `${code}: the transaction was rolled back at its commit: a statement or a COPY of it had ` +
        `failed. Await the end of every stream in the transaction.`,
    ),
    { code, possiblyExecuted: false },
  );
}
