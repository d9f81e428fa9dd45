/** Reads one stage of a secret: one read at a time, each with a deadline. */

import { deferred } from "../deferred.ts";
import type { Clock } from "../clock.ts";
import type { Credential, VersionStage } from "../credential.ts";
import { codeOf, isRekeyError, RekeyError } from "../errors.ts";
import { parseSecretPayload } from "../secret_payload.ts";
import type { SecretSource, SecretVersion } from "../source.ts";

/** How one read of the store went. */
export interface StageRead {
  /** Which read of this stage it was: later ones have higher numbers. */
  readonly sequence: number;
  /** Why the store was read, as given by the first who wanted it. */
  readonly reason: string;
  /** What was read; undefined when the stage has no version with a value, or the read failed. */
  readonly credential: Credential | undefined;
  /** Why the read failed, if it did. */
  readonly error: RekeyError | undefined;
}

/** Options of a {@linkcode StageReader}. */
export interface StageReaderOptions {
  readonly source: SecretSource;
  readonly stage: VersionStage;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly engines: readonly string[] | undefined;
  /** Hears of every read once, before those who asked for it. */
  readonly onRead: (read: StageRead) => void;
}

/** Reads one stage. */
export class StageReader {
  readonly #options: StageReaderOptions;
  #flight: Promise<StageRead> | undefined;
  #next: Promise<StageRead> | undefined;
  #sequence = 0;
  #abort: AbortController | undefined;
  #closed = false;

  constructor(options: StageReaderOptions) {
    this.#options = options;
  }

  /** How many reads were begun. */
  get reads(): number {
    return this.#sequence;
  }

  /** Whether a read later than the one with this number is under way. */
  isReading(after: number): boolean {
    return this.#flight !== undefined && this.#sequence > after;
  }

  /** The read under way, when it is later than the one with this number; or one begun now. */
  join(after: number, reason: string): Promise<StageRead> {
    return this.isReading(after) ? this.#flight! : this.fresh(reason);
  }

  /**
   * A read that begins after this call. When one is under way, the fresh one follows it, and
   * everybody who asks meanwhile shares it.
   */
  fresh(reason: string): Promise<StageRead> {
    if (this.#flight === undefined) return this.#begin(reason);
    this.#next ??= this.#flight.then(() => {
      this.#next = undefined;
      // Somebody who heard of the end of the read first may have begun another one.
      return this.#flight ?? this.#begin(reason);
    });
    return this.#next;
  }

  /** Gives up the read under way, and begins no other. */
  close(): void {
    this.#closed = true;
    this.#abort?.abort();
  }

  #begin(reason: string): Promise<StageRead> {
    if (this.#closed) {
      const error = this.#fault("CLOSED", "was not begun: the provider is closed");
      return Promise.resolve({ sequence: this.#sequence, reason, credential: undefined, error });
    }
    this.#flight = this.#read(++this.#sequence, reason);
    return this.#flight;
  }

  async #read(sequence: number, reason: string): Promise<StageRead> {
    let credential: Credential | undefined;
    let error: RekeyError | undefined;
    try {
      credential = this.#toCredential(await this.#ask());
    } catch (thrown) {
      error = isRekeyError(thrown) ? thrown : this.#fault(
        "SOURCE_FAILED",
        `failed with ${codeOf(thrown)}. Check the store, its network and the permission to read it`,
        thrown,
      );
    }
    const read = { sequence, reason, credential, error };
    this.#flight = undefined;
    this.#options.onRead(read);
    return read;
  }

  async #ask(): Promise<SecretVersion | undefined> {
    const { source, stage, clock, timeoutMs } = this.#options;
    const abort = this.#abort = new AbortController();
    const ended = deferred<never>();
    abort.signal.addEventListener("abort", () => {
      ended.reject(
        this.#closed
          ? this.#fault("CLOSED", "was given up: the provider is closed")
          : this.#fault("SOURCE_FAILED", `was given up after ${timeoutMs} ms`),
      );
    });
    const timer = clock.setTimer(timeoutMs, () => abort.abort());
    try {
      // A source that ignores the signal is left behind: its late answer has no reader any more.
      return await Promise.race([source.read(stage, { signal: abort.signal }), ended.promise]);
    } finally {
      timer.cancel();
      this.#abort = undefined;
    }
  }

  #toCredential(version: SecretVersion | undefined): Credential | undefined {
    const { source, stage, engines } = this.#options;
    if (version === undefined) {
      // Every secret has a current version; the other stages come and go.
      if (stage !== "current") return undefined;
      throw new RekeyError(
        "SECRET_NOT_FOUND",
        `The secret "${source.name}" has no current version with a value. Check its name and region.`,
      );
    }
    const payload = parseSecretPayload(version.value, engines && { engines });
    const { username, password, host, port, database } = payload;
    return Object.freeze({
      username,
      password,
      versionId: version.versionId,
      stage,
      ...host !== undefined && { host },
      ...port !== undefined && { port },
      ...database !== undefined && { database },
    });
  }

  #fault(code: "CLOSED" | "SOURCE_FAILED", what: string, cause?: unknown): RekeyError {
    const { source, stage } = this.#options;
    return new RekeyError(
      code,
      `Reading the ${stage} version of "${source.name}" ${what}.`,
      cause === undefined ? {} : { cause },
    );
  }
}
