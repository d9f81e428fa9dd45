/** The credential provider: one secret, read rarely, known to everybody at once. */

import type { Credential, VersionStage } from "../credential.ts";
import { RekeyError } from "../errors.ts";
import type { SecretSource } from "../source.ts";
import { CachingProvider } from "./caching_provider.ts";
import { type ProviderOptions, resolveProviderOptions } from "./options.ts";

/** A snapshot of a provider. */
export interface ProviderStats {
  /** `empty` before the first read, `closed` after `close()`. */
  readonly state: "empty" | "fresh" | "stale" | "closed";
  /** The version under current, as last read. */
  readonly versionId: string | undefined;
  /** How long ago it was read, in milliseconds. */
  readonly ageMs: number | undefined;
  /** Reads of the store begun, of all stages. */
  readonly reads: number;
  /** Reads of the current stage that failed in a row. */
  readonly failures: number;
}

/** Gives the credential of one secret. Made by {@linkcode credentialProvider}. */
export interface CredentialProvider {
  /** The secret's name. Not sensitive. */
  readonly name: string;
  /** How long a credential counts as fresh, in milliseconds. */
  readonly ttlMs: number;
  /**
   * The current credential: the cached one while it is fresh, and for `maxStaleMs` longer while the
   * store cannot be read. Callers in one turn of the event loop share one look at the clock, and mostly
   * one promise.
   * @throws {RekeyError} `SOURCE_FAILED`, `SECRET_NOT_FOUND`, `INVALID_SECRET`, `CLOSED`
   */
  get(): Promise<Credential>;
  /** The cached credential, fresh or not, at once. */
  peek(): Credential | undefined;
  /**
   * Reads the store now, for example because an event told of a rotation. Everybody who asks while a
   * read is pending shares it.
   * @param hint the reason, for events
   * @throws {RekeyError} as `get()`; the cached credential stays
   */
  refresh(hint?: string): Promise<Credential>;
  /**
   * Reads a stage of the store now, for a login that was rejected. Undefined when there is nothing
   * to be read, for whatever reason.
   */
  read(stage: VersionStage): Promise<Credential | undefined>;
  /** Whether version `a` is newer than version `b`, as far as this process has seen. */
  isNewer(a: string, b: string): boolean;
  /**
   * Calls `listener` when another version became current. While anybody listens, the store is read
   * in the background. What a listener throws is ignored.
   * @returns a function that ends the subscription
   */
  subscribe(listener: (credential: Credential) => void): () => void;
  /** A snapshot for dashboards and health checks. */
  stats(): ProviderStats;
  /** Stops all timers and reads. */
  close(): void;
  /** `close()`. */
  [Symbol.dispose](): void;
}

/**
 * Makes a provider of `source`.
 *
 * Reads are shared: however many callers ask, at most one read of a stage is under way. A read that
 * fails leaves the cached credential in place; so does a secret that is no usable credential.
 *
 * @throws {RekeyError} `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { credentialProvider, Secret } from "@rekey/orm";
 * import assert from "node:assert/strict";
 *
 * using credentials = credentialProvider({
 *   name: "prod/app-db",
 *   read: (stage) =>
 *     Promise.resolve(
 *       stage === "current"
 *         ? { versionId: "v1", value: new Secret('{"username":"app","password":"s3cret"}') }
 *         : undefined,
 *     ),
 * });
 * assert.equal((await credentials.get()).username, "app");
 * ```
 */
export function credentialProvider(
  source: SecretSource,
  options: ProviderOptions = {},
): CredentialProvider {
  if (typeof source?.read !== "function" || typeof source.name !== "string") {
    throw new RekeyError(
      "INVALID_OPTION",
      "The source has no name or no read(): pass a SecretSource, for example secretsManager(...).",
    );
  }
  return new CachingProvider(source, resolveProviderOptions(options));
}
