/** The stream of a COPY, made safe against the loss of its connection. */

import { classify } from "../classify.ts";
import { surface } from "./surface.ts";

/** What we need of a stream. */
export interface CopyStream {
  destroy(error: unknown): void;
}

interface DriverStream extends CopyStream {
  _write?: (chunk: unknown, encoding: unknown, done: (error?: unknown) => void) => void;
  _final?: (done: (error?: unknown) => void) => void;
  _destroy: (error: unknown, done: (error?: unknown) => void) => void;
}

/**
 * The driver's stream writes to its socket without asking whether there still is one. When it was
 * lost, that throws inside the driver's own handling of the loss, and the process ends.
 */
export function guardCopyStream(stream: unknown): CopyStream {
  const driver = stream as DriverStream;
  const { _write, _final, _destroy } = driver;
  // Without its end the server does nothing of what was written; what is read may have had effects.
  let possiblyExecuted = _write === undefined;
  if (_write) {
    driver._write = (chunk, encoding, done) => {
      attempt(() => _write.call(driver, chunk, encoding, done), done);
    };
  }
  if (_final) {
    driver._final = (done) => {
      possiblyExecuted = true;
      attempt(() => _final.call(driver, done), done);
    };
  }
  driver._destroy = (given, done) => {
    const lost = given && classify(given).kind === "connection";
    const error = lost ? surface(given, possiblyExecuted) : given;
    let told = false;
    const once = (result?: unknown) => {
      if (told) return;
      told = true;
      done(result);
    };
    attempt(() => _destroy.call(driver, error, once), () => once(error));
  };
  return driver;
}

function attempt(work: () => void, failed: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    failed(error);
  }
}
