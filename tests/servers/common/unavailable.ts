/** A server that this machine does not have and cannot get. */

/** Thrown when there is no way to get a server's programs; it says what was tried. */
export class ServerUnavailableError extends Error {
  override readonly name = "ServerUnavailableError";
}
