/** Reads one stage of a secret: one read at a time, each with a deadline. */

import type { Clock } from "../clock.ts";
import type { Credential, VersionStage } from "../credential.ts";
import { RekeyError } from "../errors.ts";
import { parseSecretPayload } from "../secret_payload.ts";
import type { SecretSource } from "../source.ts";

/** One answer of the store, with the place of its question in the sequence of questions. */
export interface StageRead {
  /** Later questions have higher numbers: an answer never replaces that of a later question. */
  readonly sequence: number;
  /** What was read; undefined when the stage has no version with a value. */
  readonly credential: Credential | undefined;
}

/** Options of a {@linkcode StageReader}. */
export interface StageReaderOptions {
  readonly source: SecretSource;
  readonly stage: VersionStage;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly engines: readonly string[] | undefined;
}

/** Reads one stage. */
export class StageReader {
  readonly #options: StageReaderOptions;
  #flight: Promise<StageRead> | undefined;
  #next: Promise<StageRead> | undefined;
  #sequence = 0;
  #abort: AbortController | undefined;

  constructor(options: StageReaderOptions) {
    this.#options = options;
  }

  /** How many reads were begun. */
  get reads(): number {
    return this.#sequence;
  }

  /** Whether a read is under way. */
  get reading(): boolean {
    return this.#flight !== undefined;
  }

  /** The answer of the read under way, or of one begun now. */
  join(): Promise<StageRead> {
    return this.#flight ?? this.#begin();
  }

  /**
   * The answer of a read that begins after this call. When one is under way, the fresh one follows
   * it, and everybody who asks meanwhile shares it.
   */
  fresh(): Promise<StageRead> {
    if (this.#flight === undefined) return this.#begin();
    this.#next ??= this.#flight.then(() => {}, () => {}).then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** Cancels the read under way. */
  abort(): void {
    this.#abort?.abort();
  }

  #begin(): Promise<StageRead> {
    const sequence = ++this.#sequence;
    const flight = this.#read(sequence).finally(() => {
      this.#flight = undefined;
    });
    this.#flight = flight;
    return flight;
  }

  async #read(sequence: number): Promise<StageRead> {
    const { source, stage, clock, timeoutMs, engines } = this.#options;
    const abort = new AbortController();
    this.#abort = abort;
    const ended = Promise.withResolvers<never>();
    abort.signal.addEventListener("abort", () => {
      ended.reject(
        new RekeyError(
          "SOURCE_FAILED",
          `Reading the ${stage} version of "${source.name}" was given up after ${timeoutMs} ms.`,
        ),
      );
    });
    const timer = clock.setTimer(timeoutMs, () => abort.abort());
    try {
      // A source that ignores the signal is left behind: its late answer has no reader any more.
      const version = await Promise.race([
        source.read(stage, { signal: abort.signal }),
        ended.promise,
      ]);
      return { sequence, credential: version && toCredential(version, stage, engines) };
    } finally {
      timer.cancel();
      this.#abort = undefined;
    }
  }
}

function toCredential(
  version: { readonly versionId: string; readonly value: unknown },
  stage: VersionStage,
  engines: readonly string[] | undefined,
): Credential {
  const payload = parseSecretPayload(version.value as string, engines && { engines });
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
