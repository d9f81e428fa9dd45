/** Errors of statements, as the app gets them. */

import { RekeyError } from "../../core/errors.ts";
import { lostCode } from "./classify.ts";

/** What the driver and the server say of an error. */
interface MysqlError extends Error {
  code?: unknown;
  errno?: unknown;
  sql?: unknown;
  sqlState?: unknown;
  sqlMessage?: unknown;
}

/**
 * The error of a statement whose connection was lost, with the driver's code and the answer to the
 * question that matters. (The driver gives one error to all statements of a connection, but some may
 * have run and some not: each gets a copy of its own.)
 */
export function surface(error: unknown, possiblyExecuted: boolean): Error {
  const { message, code, errno, sqlState, sqlMessage } = error as MysqlError;
  const copy = new Error(message);
  return Object.assign(copy, {
    code: code ?? lostCode,
    errno,
    sqlState,
    sqlMessage,
    fatal: true,
    possiblyExecuted,
  });
}

/** What the driver says of a connection that ended without a word. */
export function goneError(): Error {
  return surface(new Error("Connection lost: The server closed the connection."), true);
}

/** What is said of a connection whose answers nobody can tell apart any more. */
export function astrayError(): Error {
  return surface(
    new Error("Connection lost: A statement's rows were not read to their end."),
    true,
  );
}

/** The error of a statement on a connection that is gone: it was not sent. */
export function lostError(): Error {
  return surface(
    new Error("The connection was lost; a transaction on it was rolled back."),
    false,
  );
}

/** The error of a statement on a connection that its owner has given back: it was not sent. */
export function releasedError(): Error {
  const error = new RekeyError(
    "CLOSED",
    "The connection was released: take another one for this statement.",
  );
  return Object.assign(error, { possiblyExecuted: false });
}

/** The error of `changeUser`: the session would be the next owner's. */
export function changeUserError(): RekeyError {
  return new RekeyError(
    "INVALID_OPTION",
    "changeUser was called on a connection of a rotating pool, whose user the secret names. " +
      "Use a pool of its own for another user; a USE statement changes the database.",
  );
}

/** Takes the values out of an error: the driver writes the whole statement on it, values and all. */
export function withoutValues(error: unknown, text: string): void {
  if (typeof (error as MysqlError | undefined)?.sql === "string") (error as MysqlError).sql = text;
}
