/** What the user's module exports: the provider, and perhaps the client that the app uses. */

import { RekeyError } from "../../../core/errors.ts";
import type { CredentialProvider } from "../../../core/provider/provider.ts";

/** The part of a rotating client that is used here, whatever its driver. */
export interface RotatingClient {
  readonly rotation: {
    stats(): {
      readonly endpoint: { readonly endpoint: string; readonly versionId: string | undefined };
    };
  };
  /** Of `rotatingPostgres`. */
  readonly unsafe?: (statement: string) => Promise<unknown>;
  /** Of `rotatingMysql`. */
  readonly query?: (statement: string) => Promise<unknown>;
}

/** What was found. */
export interface CredentialsModule {
  readonly credentials: CredentialProvider;
  readonly client: RotatingClient | undefined;
}

/**
 * Finds both by what they can do: an app names its exports as it likes, and may have got them from
 * another copy of this package.
 *
 * @throws {RekeyError} `INVALID_OPTION`
 */
export function findExports(url: string, exports: Record<string, unknown>): CredentialsModule {
  const values = new Set(Object.values(exports));
  const providers = [...values].filter(isProvider);
  const clients = [...values].filter(isClient);
  if (providers.length !== 1 || clients.length > 1) {
    throw new RekeyError(
      "INVALID_OPTION",
      `${url} exports ${providers.length} credential providers and ${clients.length} rotating ` +
        `clients. Export exactly one credentialProvider(...), and at most one client: ` +
        `a module of its own for each database.`,
    );
  }
  return { credentials: providers[0]!, client: clients[0] };
}

function isProvider(value: unknown): value is CredentialProvider {
  return hasMethods(value, "get", "read", "refresh", "subscribe", "peek");
}

function isClient(value: unknown): value is RotatingClient {
  return hasMethods((value as { rotation?: unknown } | null | undefined)?.rotation, "stats") &&
    (hasMethods(value, "unsafe") || hasMethods(value, "query"));
}

function hasMethods(value: unknown, ...names: string[]): boolean {
  return value !== null && (typeof value === "object" || typeof value === "function") &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}
